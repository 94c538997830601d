"""What the bodies of requests about clinicians look like (HTTP contract)."""

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator, validate_email
from django.utils import timezone
from rest_framework import serializers

from clinicians.models import normalise_email
from clinicians.passwords import MAX_LENGTH
from users_service.api.fields import (
    IndexedTextField,
    OpaqueIdField,
    StrictBooleanField,
    StrictDateField,
    StrictIntegerField,
    TextField,
    TimestampField,
    TrimmedTextField,
)
from users_service.api.serializers import (
    SortedSetField,
    StrictListField,
    StrictSerializer,
)

LEGACY_HASH = RegexValidator(
    r"\A[0-9a-fA-F]{512}\Z", "512 hexadecimal digits are needed."
)
LEGACY_SALT = RegexValidator(
    r"\A[!-~]{32}\Z", "32 printable ASCII characters are needed."
)
NO_PATH = RegexValidator(
    r"\A(?!(bulk|login)\Z)", "This is a path of the API, not an id."
)
IDENTIFIERS = ("uuid", "created", "created_by", "modified", "modified_by")


def today() -> date:
    """Return the date in UTC, which is what the service counts days by."""
    return timezone.now().date()


def ids() -> SortedSetField:
    """Return a field for a set of location or patient ids that may be left out."""
    return SortedSetField(child=OpaqueIdField(), required=False)


class EmailField(IndexedTextField):
    """An address, normalised; whether it looks like one is not asked."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the address as it is stored, None for blanks."""
        return super().run_validation(
            normalise_email(data) if isinstance(data, str) else data
        )


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


class ProductSerializer(PastSerializer):
    """A product to open."""

    dropped = frozenset(
        {
            "accessibility_discussed",
            "accessibility_discussed_date",
            "accessibility_discussed_with",
        }
    )

    product_name = IndexedTextField(allow_blank=False)
    opened_date = StrictDateField(default=today)
    closed_date = StrictDateField(required=False, allow_null=True)
    closed_reason = TextField(required=False, allow_null=True)
    closed_reason_other = TextField(required=False, allow_null=True)


class PastProductSerializer(ProductSerializer):
    """A product in a bulk request."""

    is_history = True


class ScalarsSerializer(StrictSerializer):
    """The fields of a clinician that are no lists, each of them optional."""

    first_name = TrimmedTextField(required=False, allow_null=True)
    last_name = TrimmedTextField(required=False, allow_null=True)
    phone_number = TextField(required=False, allow_null=True)
    job_title = TextField(required=False, allow_null=True)
    nhs_smartcard_number = TextField(required=False, allow_null=True)
    email_address = EmailField(required=False, allow_null=True)
    send_entry_identifier = IndexedTextField(required=False, allow_null=True)
    professional_registration_number = TextField(required=False, allow_null=True)
    agency_name = TextField(required=False, allow_null=True)
    agency_staff_employee_number = TextField(required=False, allow_null=True)
    booking_reference = TextField(required=False, allow_null=True)
    login_active = StrictBooleanField(required=False)
    can_edit_ews = StrictBooleanField(required=False)
    can_edit_encounter = StrictBooleanField(required=False, allow_null=True)
    analytics_consent = StrictBooleanField(required=False, allow_null=True)
    contract_expiry_eod_date = StrictDateField(required=False, allow_null=True)


class CreateSerializer(PastSerializer, ScalarsSerializer):
    """A clinician to create."""

    uuid = OpaqueIdField(required=False, allow_null=True, validators=[NO_PATH])
    first_name = TrimmedTextField()
    last_name = TrimmedTextField()
    phone_number = TextField()
    job_title = TextField()
    nhs_smartcard_number = TextField()
    email_address = EmailField(
        required=False, allow_null=True, validators=[validate_email]
    )
    login_active = StrictBooleanField(default=True, allow_null=True)
    can_edit_ews = StrictBooleanField(default=False, allow_null=True)
    locations = SortedSetField(child=OpaqueIdField())
    groups = SortedSetField(child=IndexedTextField(allow_blank=False))
    products = StrictListField(child=ProductSerializer(), allow_empty=False)
    bookmarks = ids()
    bookmarked_patients = ids()

    null_means: ClassVar = {"login_active": True, "can_edit_ews": False}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values with null replaced where it means the default."""
        for name, value in self.null_means.items():
            if attrs[name] is None:
                attrs[name] = value
        return attrs


class BlankMeansNowField(TimestampField):
    """A time of acceptance; "" is as good as none."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Treat "" as null."""
        return super().validate_empty_values(None if data == "" else data)


class AgreementSerializer(StrictSerializer):
    """A terms agreement to store."""

    product_name = IndexedTextField(allow_blank=False)
    version = StrictIntegerField()
    accepted_timestamp = BlankMeansNowField(required=False, allow_null=True)
    tou_version = StrictIntegerField(required=False, allow_null=True)
    tou_accepted_timestamp = BlankMeansNowField(required=False, allow_null=True)
    patient_notice_version = StrictIntegerField(required=False, allow_null=True)
    patient_notice_accepted_timestamp = BlankMeansNowField(
        required=False, allow_null=True
    )


class PastAgreementSerializer(PastSerializer, AgreementSerializer):
    """A terms agreement in a bulk request; it may lack any version."""

    is_history = True

    version = StrictIntegerField(required=False, allow_null=True)


class PastClinicianSerializer(CreateSerializer):
    """An item of a bulk request: history that is being moved."""

    is_history = True

    uuid = OpaqueIdField(validators=[NO_PATH])
    email_address = EmailField(required=False, allow_null=True)
    products = StrictListField(child=PastProductSerializer(), allow_empty=False)
    terms_agreements = StrictListField(child=PastAgreementSerializer(), required=False)
    password_hash = TextField(
        required=False, allow_null=True, allow_blank=False, validators=[LEGACY_HASH]
    )
    password_salt = TextField(
        required=False, allow_null=True, allow_blank=False, validators=[LEGACY_SALT]
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse half a credential."""
        if (attrs.get("password_hash") is None) != (attrs.get("password_salt") is None):
            raise serializers.ValidationError(
                {"password_hash": ["Give both password_hash and password_salt."]}
            )
        return super().validate(attrs)


class ProductChangeSerializer(StrictSerializer):
    """A product in a PATCH: with `uuid` one to change, without it one to open."""

    ignores_unknown = True

    uuid = OpaqueIdField(required=False, allow_null=True)
    product_name = IndexedTextField(required=False, allow_blank=False)
    opened_date = StrictDateField(required=False)
    closed_date = StrictDateField(required=False, allow_null=True)
    closed_reason = TextField(required=False, allow_null=True)
    closed_reason_other = TextField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for what a new product needs, and give it its default."""
        if attrs.get("uuid") is None:
            if "product_name" not in attrs:
                raise serializers.ValidationError(
                    {"product_name": ["This field is required."]}
                )
            attrs.setdefault("opened_date", today())
        return attrs


class UpdateSerializer(ScalarsSerializer):
    """What a PATCH changes; the rest of a whole object sent back is ignored."""

    ignores_unknown = True

    locations = ids()
    groups = SortedSetField(child=IndexedTextField(allow_blank=False), required=False)
    products = StrictListField(
        child=ProductChangeSerializer(), required=False, allow_null=True
    )
    bookmarks = ids()
    bookmarked_patients = ids()


class ProductIdSerializer(StrictSerializer):
    """A product to remove."""

    ignores_unknown = True

    uuid = OpaqueIdField()


class RemoveSerializer(StrictSerializer):
    """Members to take out of a clinician's lists."""

    ignores_unknown = True

    locations = ids()
    groups = SortedSetField(child=IndexedTextField(), required=False)
    products = StrictListField(
        child=ProductIdSerializer(), required=False, allow_null=True
    )
    bookmarks = ids()
    bookmarked_patients = ids()


class PasswordSerializer(StrictSerializer):
    """A password to set."""

    ignores_unknown = True

    password = TextField(max_length=MAX_LENGTH, allow_blank=False)
