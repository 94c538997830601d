"""Roles and the permissions they grant.

Both are keyed by name: names are what tokens, clinicians and the HTTP contract
carry, and they never change.
"""

from django.db import models

from roles.querysets import RoleQuerySet
from users_service.database.fields import CodePointField, FoldedField


class Permission(models.Model):
    """The name of something a caller may do. Any name: other services check it."""

    name = CodePointField(max_length=200, primary_key=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)


class Role(models.Model):
    """A named set of permissions that clinicians are put into.

    `recognised` is false for a name that only a bulk request or an import
    brought along: it is returned as given, grants nothing, is not in /roles.
    """

    name = CodePointField(max_length=1000, primary_key=True)
    search_name = FoldedField(sources=["name"], max_length=3000)
    recognised = models.BooleanField(default=True)
    permissions = models.ManyToManyField(Permission, related_name="roles", blank=True)

    objects = RoleQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)
