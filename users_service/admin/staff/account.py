"""Who may use the admin, and as what.

Nobody gets more than a group here: whether an account is a superuser's, and permissions
of its own, are neither on a form nor taken from what a browser sends. Nothing is
deleted, since the audit trail names accounts by their numbers.
"""

from django.contrib import admin
from django.contrib.auth import admin as _registered_by_then  # noqa: F401
from django.contrib.auth.models import Group, User

from users_service.admin.staff.listing import StaffListing
from users_service.admin.staff.tools import StaffTools

admin.site.unregister([User, Group])


@admin.register(User)
class StaffAdmin(StaffListing, StaffTools):
    """The list of accounts, the page of one, and what is done from there."""
