"""Creating a clinician, and agreeing to terms."""

from typing import Any, ClassVar

from clinicians.serializers.parts import (
    PATH_ID,
    BlankMeansNowField,
    EmailField,
    PastSerializer,
    ScalarsSerializer,
    ids,
)
from users_service.api.addresses import validate_address
from users_service.api.fields import (
    IndexedTextField,
    NameField,
    OpaqueIdField,
    StrictBooleanField,
    StrictDateField,
    StrictIntegerField,
    TextField,
    TrimmedTextField,
)
from users_service.api.serializers import (
    SortedSetField,
    StrictListField,
    StrictSerializer,
)
from users_service.local_date import today

ACCESSIBILITY = frozenset(
    {
        "accessibility_discussed",
        "accessibility_discussed_date",
        "accessibility_discussed_with",
    }
)
"""Keys of a product that clients send, and that are not stored."""


class ProductSerializer(PastSerializer):
    """A product to open."""

    dropped = ACCESSIBILITY

    product_name: IndexedTextField = NameField(allow_blank=False)
    opened_date = StrictDateField(default=today)
    closed_date = StrictDateField(required=False, allow_null=True)
    closed_reason = TextField(required=False, allow_null=True)
    closed_reason_other = TextField(required=False, allow_null=True)


class CreateSerializer(PastSerializer, ScalarsSerializer):
    """A clinician to create."""

    uuid = OpaqueIdField(required=False, allow_null=True, validators=[PATH_ID])
    first_name = TrimmedTextField()
    last_name = TrimmedTextField()
    phone_number = TextField()
    job_title = TextField()
    nhs_smartcard_number = TextField()
    email_address = EmailField(
        required=False, allow_null=True, validators=[validate_address]
    )
    login_active = StrictBooleanField(default=True, allow_null=True)
    can_edit_ews = StrictBooleanField(default=False, allow_null=True)
    locations = SortedSetField(child=OpaqueIdField(validators=[PATH_ID]), bounded=True)
    groups = SortedSetField(child=NameField(allow_blank=False), bounded=True)
    products = StrictListField(
        child=ProductSerializer(), allow_empty=False, bounded=True
    )
    bookmarks = ids(allow_null=True, bounded=True)
    bookmarked_patients = ids(allow_null=True, bounded=True)

    null_means: ClassVar = {
        "login_active": True,
        "can_edit_ews": False,
        "bookmarks": (),
        "bookmarked_patients": (),
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values with null replaced where it means the default."""
        for name, value in self.null_means.items():
            if attrs.get(name, value) is None:
                attrs[name] = list(value) if value == () else value
        return attrs


class AgreementSerializer(StrictSerializer):
    """A terms agreement to store."""

    product_name: IndexedTextField = NameField(allow_blank=False)
    version = StrictIntegerField()
    accepted_timestamp = BlankMeansNowField(required=False, allow_null=True)
    tou_version = StrictIntegerField(required=False, allow_null=True)
    tou_accepted_timestamp = BlankMeansNowField(required=False, allow_null=True)
    patient_notice_version = StrictIntegerField(required=False, allow_null=True)
    patient_notice_accepted_timestamp = BlankMeansNowField(
        required=False, allow_null=True
    )
