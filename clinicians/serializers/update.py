"""Changing a clinician."""

from typing import Any

from rest_framework import serializers

from clinicians.models import IDENTIFIERS
from clinicians.passwords import MAX_LENGTH
from clinicians.serializers.creation import ACCESSIBILITY
from clinicians.serializers.parts import ScalarsSerializer, ids, stored_ids
from users_service.api.fields import (
    IndexedTextField,
    NameField,
    OpaqueIdField,
    StrictDateField,
    TextField,
)
from users_service.api.invisible import trimmed
from users_service.api.serializers import (
    SortedSetField,
    StrictListField,
    StrictSerializer,
)
from users_service.local_date import today


class ProductChangeSerializer(StrictSerializer):
    """A product in a PATCH: with `uuid` one to change, without it one to open."""

    dropped = ACCESSIBILITY | frozenset(IDENTIFIERS) - {"uuid"}

    uuid = OpaqueIdField(required=False, allow_null=True)
    product_name = NameField(keep_blanks=True, required=False, allow_blank=False)
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
            attrs["product_name"] = trimmed(attrs["product_name"])
            attrs.setdefault("opened_date", today())
        return attrs


class UpdateSerializer(ScalarsSerializer):
    """What a PATCH changes; the rest of a whole object sent back is ignored."""

    ignores_unknown = True

    send_entry_identifier: IndexedTextField = NameField(
        keep_blanks=True, required=False, allow_null=True
    )
    locations = ids()
    groups = SortedSetField(
        child=NameField(keep_blanks=True, allow_blank=False), required=False
    )
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
    """Members to take out of a clinician's lists, as they may be stored."""

    ignores_unknown = True

    locations = stored_ids()
    groups = SortedSetField(child=IndexedTextField(), required=False)
    products = StrictListField(
        child=ProductIdSerializer(), required=False, allow_null=True
    )
    bookmarks = stored_ids()
    bookmarked_patients = stored_ids()


class PasswordSerializer(StrictSerializer):
    """A password to set."""

    ignores_unknown = True

    password = TextField(max_length=MAX_LENGTH, allow_blank=False)
