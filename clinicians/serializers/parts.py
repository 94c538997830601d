"""What the objects in these bodies are made of."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from rest_framework import serializers

from clinicians.models import IDENTIFIERS, normalise_email
from users_service.api.fields import (
    IndexedTextField,
    NameField,
    OpaqueIdField,
    StrictBooleanField,
    StrictDateField,
    TextField,
    TimestampField,
    TrimmedTextField,
)
from users_service.api.quick import Check, Doubt
from users_service.api.serializers import SortedSetField, StrictSerializer

PATH_ID = RegexValidator(
    r"\A(?!(bulk|login|\.|\.\.)\Z)[^/]*\Z", "No path can carry this as an id."
)
"""Refuses ids that a URL cannot name: paths of the API, dots, and with a slash."""


def ids(**kwargs: Any) -> SortedSetField:
    """Return a field for a set of location or patient ids that may be left out."""
    return SortedSetField(
        child=OpaqueIdField(validators=[PATH_ID]), required=False, **kwargs
    )


def stored_ids() -> SortedSetField:
    """Return the same for ids as they are stored, whatever they hold."""
    return SortedSetField(child=OpaqueIdField(), required=False)


class EmailField(IndexedTextField):
    """An address, normalised; whether it looks like one is not asked."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the address as it is stored, None for blanks."""
        return super().run_validation(
            normalise_email(data) if isinstance(data, str) else data
        )

    def quick_value(self) -> Check:
        """Return the quick check of an address as it is stored, null for blanks."""
        check = super().quick_value()

        def normalised(data: Any) -> str | None:
            if data.__class__ is not str:
                raise Doubt
            address = normalise_email(data)
            return None if address is None else check(address)

        return normalised


class BlankMeansNowField(TimestampField):
    """A time of acceptance; "" is as good as none."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Treat "" as null."""
        return super().validate_empty_values(None if data == "" else data)

    def quick_value(self) -> Check:
        """Return the quick check, "" being null."""
        check = super().quick_value()
        return lambda data: None if data == "" else check(data)


class PastSerializer(StrictSerializer):
    """An object that may bring its own identifier block.

    Data loaders choose ids and times outside PRODUCTION; a bulk request does anywhere.
    """

    is_history = False

    uuid = OpaqueIdField(required=False, allow_null=True)
    created = TimestampField(required=False, allow_null=True)
    created_by = OpaqueIdField(required=False, allow_null=True)
    modified = TimestampField(required=False, allow_null=True)
    modified_by = OpaqueIdField(required=False, allow_null=True)

    def refused_keys(self) -> frozenset[str]:
        """Return the identifier block where nobody may choose it."""
        if self.is_history or not settings.IS_PRODUCTION:
            return frozenset()
        return frozenset(IDENTIFIERS)


class ScalarsSerializer(StrictSerializer):
    """The fields of a clinician that are no lists, each of them optional."""

    first_name = TrimmedTextField(required=False, allow_null=True)
    last_name = TrimmedTextField(required=False, allow_null=True)
    phone_number = TextField(required=False, allow_null=True)
    job_title = TextField(required=False, allow_null=True)
    nhs_smartcard_number = TextField(required=False, allow_null=True)
    email_address = EmailField(required=False, allow_null=True)
    send_entry_identifier: IndexedTextField = NameField(required=False, allow_null=True)
    professional_registration_number = TextField(required=False, allow_null=True)
    agency_name = TextField(required=False, allow_null=True)
    agency_staff_employee_number = TextField(required=False, allow_null=True)
    booking_reference = TextField(required=False, allow_null=True)
    login_active = StrictBooleanField(required=False)
    can_edit_ews = StrictBooleanField(required=False)
    can_edit_encounter = StrictBooleanField(required=False, allow_null=True)
    analytics_consent = StrictBooleanField(required=False, allow_null=True)
    contract_expiry_eod_date = StrictDateField(required=False, allow_null=True)
