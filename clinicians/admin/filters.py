"""What the list of clinicians can be narrowed down by."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clinicians.models import (
    Clinician,
    ClinicianLocation,
    ClinicianRole,
    LoginGuard,
    Product,
)
from roles.models import Role
from users_service.database.cursors import fetch_rows
from users_service.local_date import today

Clinicians = QuerySet[Clinician]
Choices = Mapping[str, tuple[str, Callable[[], Q]]]
"""Value of the parameter to its name and the condition."""

MOST_PRODUCTS = 100
"""So many product names are offered."""

PRODUCT_NAMES = """
WITH RECURSIVE names(name) AS (
  SELECT min(product_name) FROM clinicians_product
  UNION ALL
  SELECT (SELECT min(product_name) FROM clinicians_product WHERE product_name > name)
  FROM names WHERE name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL LIMIT %s
"""
"""The names that there are, each by one step in the index."""


def locks() -> QuerySet[LoginGuard]:
    """Return what locks the clinician of an outer query at the moment."""
    now = timezone.now()
    return LoginGuard.objects.filter(clinician=OuterRef("pk"), locked_until__gt=now)


def _unrecognised() -> QuerySet[ClinicianRole]:
    # As a list: a join would be worked out for everybody.
    names = list(Role.objects.filter(recognised=False).values_list("name", flat=True))
    return ClinicianRole.objects.filter(clinician=OuterRef("pk"), role__in=names)


def _ends(**lookup: Any) -> Q:
    ((name, value),) = lookup.items()
    return Q(**{f"contract_expiry_eod_date__{name}": value})


def _ends_within(days: int) -> Q:
    first = today()
    return _ends(range=(first, first + timedelta(days=days)))


class ChoiceFilter(admin.SimpleListFilter):
    """A filter of a few conditions. An unknown value narrows nothing down."""

    choices_of: ClassVar[Choices]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return the choices."""
        del request, model_admin
        return [(value, name) for value, (name, _) in self.choices_of.items()]

    def queryset(self, request: HttpRequest, queryset: Clinicians) -> Clinicians:
        """Return those of the chosen kind."""
        del request
        chosen = self.choices_of.get(self.value() or "")
        return queryset.filter(chosen[1]()) if chosen else queryset


class ActiveFilter(ChoiceFilter):
    """Whether the clinician may log in."""

    title = "login"
    parameter_name = "active"
    choices_of = {
        "yes": ("Active", lambda: Q(login_active=True)),
        "no": ("Inactive", lambda: Q(login_active=False)),
    }


class LockedFilter(ChoiceFilter):
    """Whether failed logins keep the clinician out at the moment."""

    title = "lock"
    parameter_name = "locked"
    choices_of = {
        "yes": ("Locked now", lambda: Q(Exists(locks()))),
        "no": ("Not locked", lambda: ~Q(Exists(locks()))),
    }


class ContractFilter(ChoiceFilter):
    """Whether the contract has an end, and how far away that is."""

    title = "contract"
    parameter_name = "contract"
    choices_of = {
        "temporary": ("Temporary", lambda: _ends(isnull=False)),
        "permanent": ("Permanent", lambda: _ends(isnull=True)),
        "7": ("Ends within 7 days", lambda: _ends_within(7)),
        "30": ("Ends within 30 days", lambda: _ends_within(30)),
        "ended": ("Ended", lambda: _ends(lt=today())),
    }


class UnrecognisedFilter(ChoiceFilter):
    """Whether the clinician has a role that grants nothing."""

    title = "unrecognised roles"
    parameter_name = "unrecognised"
    choices_of = {"yes": ("With such a role", lambda: Q(Exists(_unrecognised())))}


class RoleFilter(admin.SimpleListFilter):
    """A role of the clinician."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return the roles, those that are not recognised as well."""
        del request, model_admin
        names = Role.objects.order_by("name").values_list("name", flat=True)
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: Clinicians) -> Clinicians:
        """Return those who have it."""
        del request
        if self.value() is None:
            return queryset
        held = ClinicianRole.objects.filter(clinician=OuterRef("pk"))
        return queryset.filter(Exists(held.filter(role=self.value())))


class ProductFilter(admin.SimpleListFilter):
    """An open product of the clinician."""

    title = "open product"
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return the names of the products that there are."""
        del request, model_admin
        return [(name, name) for (name,) in fetch_rows(PRODUCT_NAMES, [MOST_PRODUCTS])]

    def queryset(self, request: HttpRequest, queryset: Clinicians) -> Clinicians:
        """Return those who use it."""
        del request
        if self.value() is None:
            return queryset
        used = Product.objects.filter(clinician=OuterRef("pk"), closed_date=None)
        return queryset.filter(Exists(used.filter(product_name=self.value())))


class LocationFilter(admin.SimpleListFilter):
    """A location of the clinician: of thousands, so its id is typed."""

    title = "location"
    parameter_name = "location"
    template = "admin/clinicians/clinician/location_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return something, or Django would leave the filter out."""
        del request, model_admin
        return [("", "")]

    def choices(self, changelist: Any) -> Any:
        """Return what the input's form holds."""
        others = {
            name: value
            for name, value in changelist.params.items()
            if name != self.parameter_name
        }
        query = {"q": changelist.query} if changelist.query else {}
        return [{"value": self.value() or "", "others": {**others, **query}}]

    def queryset(self, request: HttpRequest, queryset: Clinicians) -> Clinicians:
        """Return those who work there."""
        del request
        if not (self.value() or "").strip():
            return queryset
        there = ClinicianLocation.objects.filter(clinician=OuterRef("pk"))
        location = str(self.value()).strip()
        return queryset.filter(Exists(there.filter(location_id=location)))


FILTERS = (
    ActiveFilter,
    LockedFilter,
    ContractFilter,
    RoleFilter,
    UnrecognisedFilter,
    ProductFilter,
    LocationFilter,
)
