"""Moving clinicians in with their history."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from clinicians.hashers import is_stored_hash
from clinicians.serializers.creation import (
    AgreementSerializer,
    CreateSerializer,
    ProductSerializer,
)
from clinicians.serializers.parts import PATH_ID, EmailField, PastSerializer, stored_ids
from users_service.api.fields import (
    IndexedTextField,
    OpaqueIdField,
    StrictBooleanField,
    StrictIntegerField,
    TextField,
    TrimmedTextField,
)
from users_service.api.serializers import SortedSetField, StrictListField

LEGACY_HASH = RegexValidator(
    r"\A[0-9a-fA-F]{512}\Z", "512 hexadecimal digits are needed."
)
LEGACY_SALT = RegexValidator(
    r"\A[!-~]{32}\Z", "32 printable ASCII characters are needed."
)


class PastProductSerializer(ProductSerializer):
    """A product in a bulk request."""

    is_history = True


class PastAgreementSerializer(PastSerializer, AgreementSerializer):
    """A terms agreement in a bulk request; it may lack any version."""

    is_history = True

    version = StrictIntegerField(required=False, allow_null=True)


class PastClinicianSerializer(CreateSerializer):
    """An item of a bulk request: history that is being moved."""

    is_history = True

    uuid = OpaqueIdField(validators=[PATH_ID])
    email_address = EmailField(required=False, allow_null=True)
    products = StrictListField(
        child=PastProductSerializer(), allow_empty=False, bounded=True
    )
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


class ImportedClinicianSerializer(PastClinicianSerializer):
    """An item of a file: as in a bulk request, and what exports and reports add.

    Without an id it gets one. `password` is a stored text, of whichever hash.
    """

    dropped = frozenset({"line", "errors"})

    uuid = OpaqueIdField(required=False, allow_null=True, validators=[PATH_ID])
    password = TextField(
        required=False, allow_null=True, allow_blank=False, validators=[is_stored_hash]
    )
    as_stored = StrictBooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two passwords, and forget how the item was checked."""
        attrs.pop("as_stored", None)
        if attrs.get("password") and attrs.get("password_hash"):
            raise serializers.ValidationError(
                {"password": ["Give either password or password_hash."]}
            )
        return super().validate(attrs)


class StoredProductSerializer(PastProductSerializer):
    """A product as one was stored."""

    product_name = IndexedTextField(allow_blank=False)


class StoredAgreementSerializer(PastAgreementSerializer):
    """A terms agreement as one was stored."""

    product_name = IndexedTextField(allow_blank=False)


class StoredClinicianSerializer(ImportedClinicianSerializer):
    """A clinician as one was stored, who may lack what a new one needs.

    What was stored before a rule about texts, ids or sizes is kept as it is.
    """

    first_name = TrimmedTextField(allow_null=True)
    last_name = TrimmedTextField(allow_null=True)
    phone_number = TextField(allow_null=True)
    job_title = TextField(allow_null=True)
    nhs_smartcard_number = TextField(allow_null=True)
    send_entry_identifier = IndexedTextField(required=False, allow_null=True)
    locations = stored_ids()
    groups = SortedSetField(child=IndexedTextField(allow_blank=False))
    products = StrictListField(child=StoredProductSerializer())
    terms_agreements = StrictListField(
        child=StoredAgreementSerializer(), required=False
    )
    bookmarks = stored_ids()
    bookmarked_patients = stored_ids()
