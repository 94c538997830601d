"""Narrowing down and ordering lists of clinicians (HTTP contract)."""

from copy import copy
from datetime import datetime
from functools import cache
from typing import Any, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from clinicians.querysets import LIST_ORDER, SORT_COLUMNS, ClinicianQuerySet, Ordering
from roles.query import query_timestamp

DIRECTIONS = ("asc", "desc")


class SharedField(forms.Field):
    """A field that all forms use as it is, for there is nothing to change in it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "SharedField":
        """Return the field itself: the framework copies it for every form."""
        return self


class TextFormField(SharedField):
    """Text as given; None when the parameter is absent."""

    def to_python(self, value: Any) -> Any:
        """Return the text, an empty one too."""
        return value


class BooleanFormField(SharedField):
    """`true` or `false` in any letter case."""

    def to_python(self, value: Any) -> bool | None:
        """Return the boolean, None when the parameter is absent."""
        if value is None:
            return None
        if value.lower() not in ("true", "false"):
            raise ValidationError("Must be true or false.")
        return bool(value.lower() == "true")


class TimestampFormField(SharedField):
    """ISO 8601; an empty text is no time."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the time in UTC, None for none."""
        if not value:
            return None
        try:
            return query_timestamp(value)
        except (ValueError, OverflowError):
            raise ValidationError("Must be an ISO 8601 time.") from None


class SortFormField(SharedField):
    """Names of fields to sort by, separated by commas."""

    def to_python(self, value: Any) -> list[str]:
        """Return the names; none for an absent parameter."""
        names = [] if value is None else value.split(",")
        if unknown := [name for name in names if name not in SORT_COLUMNS]:
            raise ValidationError(f"Cannot sort by '{unknown[0]}'.")
        return names


class DirectionFormField(SharedField):
    """`asc` or `desc`."""

    def to_python(self, value: Any) -> str:
        """Return the direction."""
        if value not in (None, *DIRECTIONS):
            raise ValidationError("Must be asc or desc.")
        return value or "asc"


class _SharedFilter(django_filters.Filter):
    """A filter that all requests use as it is."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_SharedFilter":
        """Return a shallow copy, which is all that a request needs."""
        return copy(self)


class _QuerySetFilter(_SharedFilter):
    """Hands a given value to the queryset method of its name."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Return the queryset, narrowed down if there is a value."""
        if value is None:
            return qs
        narrowed: QuerySet[Any] = getattr(qs, str(self.field_name))(value)
        return narrowed


class TextFilter(_QuerySetFilter):
    """A filter by text."""

    field_class = TextFormField


class BooleanFilter(_QuerySetFilter):
    """A filter by true or false."""

    field_class = BooleanFormField


class TimestampFilter(_QuerySetFilter):
    """A filter by a moment."""

    field_class = TimestampFormField


class _OrderFilter(_SharedFilter):
    """Narrows nothing down: its value is a part of the order."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Return the queryset as it is."""
        del value
        return qs


class SortFilter(_OrderFilter):
    """What to sort by."""

    field_class = SortFormField


class DirectionFilter(_OrderFilter):
    """Which way to sort."""

    field_class = DirectionFormField


class ClinicianFilter(django_filters.FilterSet):
    """The filters of the lists; `ordering` is what sort and order ask for."""

    product_name = TextFilter("with_product")
    login_active = BooleanFilter("active")
    temp_only = BooleanFilter("temporary_only")
    modified_since = TimestampFilter("modified_since")
    q = TextFilter("matching")
    sort = SortFilter()
    order = DirectionFilter()

    @classmethod
    @cache
    def get_form_class(cls) -> type[forms.Form]:
        """Return the form, made once: by default it would be for every request."""
        fields = {name: each.field for name, each in cls.base_filters.items()}
        return type("ClinicianFilterForm", (forms.Form,), fields)

    @property
    def clinicians(self) -> ClinicianQuerySet:
        """The clinicians that pass all filters."""
        return cast("ClinicianQuerySet", self.qs)

    @property
    def ordering(self) -> Ordering:
        """The order asked for, once the form is valid."""
        given = self.form.cleaned_data
        descending = given["order"] == "desc"
        if not given["sort"]:
            return LIST_ORDER._replace(descending=descending)
        return Ordering.by(given["sort"], descending=descending)


FILTER_NAMES = tuple(ClinicianFilter.base_filters)
