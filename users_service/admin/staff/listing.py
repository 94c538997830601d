"""The list of staff accounts: what it shows, and how one is found."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from users_service.admin.staff.deeds import locked
from users_service.apps import STAFF_GROUPS
from users_service.pages.badges import badge
from users_service.pages.long_lists import LongList
from users_service.second_factor.devices import has_device


class GroupFilter(admin.SimpleListFilter):
    """The members of one of the staff groups."""

    title, parameter_name = "group", "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the groups."""
        del request, model_admin
        return [(name, name) for name in STAFF_GROUPS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the chosen one's members."""
        del request
        name = self.value()
        return queryset if name is None else queryset.filter(groups__name=name)


class StaffListing(LongList):
    """The list's part of the accounts' admin."""

    list_display = ("username", "name", "group_names", "state", "factor", "last_day")
    list_filter = ("is_active", GroupFilter)
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "Parts of the username, the name or the e-mail address."
    ordering = ("username",)
    actions = None

    @admin.display(description="name", ordering="last_name")
    def name(self, account: User) -> str | None:
        """First and last name."""
        return account.get_full_name() or None

    @admin.display(description="groups")
    def group_names(self, account: User) -> str | None:
        """The groups that the account is in."""
        return ", ".join(group.name for group in account.groups.all()) or None

    @admin.display(description="login", ordering="is_active")
    def state(self, account: Any) -> SafeString:
        """Whether the account may log in, and is locked at the moment."""
        active = account.is_active
        word = badge("good", "Active") if active else badge("quiet", "Inactive")
        if account.is_locked:
            return format_html("{} {}", word, badge("bad", "Locked"))
        return word

    @admin.display(description="second factor")
    def factor(self, account: Any) -> str:
        """Whether codes of an authenticator app are set up."""
        return "Yes" if account.has_second_factor else "No"

    @admin.display(description="last login", ordering="last_login")
    def last_day(self, account: User) -> str | None:
        """The day of the last login."""
        return date_format(account.last_login) if account.last_login else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts that may use the admin, never their passwords.

        `is_protected` are those with more rights than the staff groups give: whoever
        could set their password would have these.
        """
        others = Group.objects.exclude(name__in=STAFF_GROUPS)
        of_own = User.user_permissions.through.objects.filter(user=OuterRef("pk"))
        protected = (
            Q(is_superuser=True)
            | Exists(others.filter(user=OuterRef("pk")))
            | Exists(of_own)
        )
        accounts: QuerySet[User] = super().get_queryset(request)
        staff = accounts.filter(is_staff=True).defer("password")
        return staff.annotate(is_protected=protected).prefetch_related("groups")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the page of the list, with locks and second factors."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = with_state(changelist.result_list)
        return changelist


def with_state(accounts: Any) -> list[Any]:
    """Return the accounts, with `is_locked` and `has_second_factor`."""
    found: list[Any] = list(accounts)
    names = locked([account.username for account in found])
    keys = has_device([account.pk for account in found])
    for account in found:
        account.is_locked = account.username in names
        account.has_second_factor = account.pk in keys
    return found
