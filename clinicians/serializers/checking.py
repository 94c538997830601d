"""Checking many clinicians: quickly, and where in doubt by their serializer."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError

from clinicians.serializers.history import (
    ImportedClinicianSerializer,
    PastClinicianSerializer,
    StoredClinicianSerializer,
)
from users_service.api.quick import Doubt
from users_service.api.validation import MAX_ERROR_PATHS

NOT_A_LIST = "A list is needed."

Item = dict[str, Any]
"""A checked clinician: what was given, dates and times as ISO 8601 text in UTC."""


class ItemCheck:
    """Checks the items of a bulk request or of a file, one by one."""

    def __init__(
        self, serializer: type[PastClinicianSerializer] = PastClinicianSerializer
    ) -> None:
        self._serializer = serializer()
        self._quick = self._serializer.quick()

    def __call__(self, given: Any) -> Item:
        """Return the item as it is stored; raises ValidationError."""
        try:
            item: Item = self._quick(given)
        except Doubt:
            item = as_given(given, self._serializer.run_validation(given))
        return item

    def all_of(self, body: Any) -> list[Item]:
        """Return the items of a list, or raise the errors of all, by their index.

        At most as many as an error answer names: a serializer takes its time.
        """
        if not isinstance(body, list):
            raise ValidationError([NOT_A_LIST])
        items: list[Item] = []
        faults: dict[str, Any] = {}
        for index, given in enumerate(body):
            try:
                items.append(self(given))
            except ValidationError as error:
                faults[str(index)] = error.detail
                if len(faults) == MAX_ERROR_PATHS:
                    break
        if faults:
            raise ValidationError(faults)
        return items


@cache
def bulk_check() -> ItemCheck:
    """Return the check of bulk requests: made once, since that takes milliseconds."""
    return ItemCheck()


class FileItemCheck:
    """Checks the items of files; one marked `as_stored` as a clinician that was."""

    def __init__(self) -> None:
        self._new = ItemCheck(ImportedClinicianSerializer)
        self._stored = ItemCheck(StoredClinicianSerializer)

    def __call__(self, given: Any) -> Item:
        """Return the item as it is stored; raises ValidationError."""
        was_stored = isinstance(given, dict) and given.get("as_stored") is True
        return (self._stored if was_stored else self._new)(given)


def as_given(given: Any, checked: Any) -> Any:
    """Return what a serializer made of a value as a quick check would have.

    Dates and times become text, and defaults of absent fields are left out.
    """
    if isinstance(checked, date):
        return checked.isoformat()
    if isinstance(checked, Mapping):
        return {
            name: as_given(given[name], value)
            for name, value in checked.items()
            if name in given
        }
    if checked and isinstance(checked, list) and isinstance(checked[0], Mapping):
        return [as_given(*pair) for pair in zip(given, checked, strict=True)]
    return checked
