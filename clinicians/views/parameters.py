"""What the query strings and headers of these routes hold (HTTP contract)."""

import re
from typing import Any

from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request

from clinicians.documents import Document
from clinicians.filters import FILTER_NAMES
from clinicians.forms import Form
from clinicians.services.locking import Versions
from roles.query import QueryBooleanField, QueryIntegerField
from users_service.api.fields import TextField
from users_service.api.responses import JsonText

FULL_ETAG = re.compile(rf'"([0-9a-f]{{1,10}})-{Form.FULL.value}"')


class CreateQuery(serializers.Serializer[Any]):
    """Parameters of creating a clinician."""

    send_welcome_email = QueryBooleanField(
        default=True, help_text="Whether to ask for a welcome e-mail."
    )


class EmailQuery(serializers.Serializer[Any]):
    """The address that names a clinician, as sent."""

    email = TextField(help_text="The e-mail address.")


class ByIdQuery(serializers.Serializer[Any]):
    """Parameters of reading and changing one clinician."""

    product_name = TextField(required=False, help_text="Accepted and ignored.")
    temp_only = QueryBooleanField(
        default=False, help_text="Only if the clinician is temporary, else 403."
    )


class CompactQuery(serializers.Serializer[Any]):
    """Parameters of reading a list of ids."""

    compact = QueryBooleanField(
        default=False, help_text="Show name, job and address only."
    )


class ListedTextField(TextField):
    """Text that is a list: given twice, both are joined."""

    many_values = True


class ListQuery(serializers.Serializer[Any]):
    """Parameters of the lists; what filters and orders is read by ClinicianFilter."""

    compact = QueryBooleanField(default=False)
    expanded = QueryBooleanField(default=False)
    offset = QueryIntegerField(default=0)
    limit = QueryIntegerField(default=0)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with those of the filter as text."""
        texts = {name: TextField(required=False) for name in FILTER_NAMES}
        texts["sort"] = ListedTextField(required=False)
        return {**super().get_fields(), **texts}


def expected_versions(request: Request) -> Versions | None:
    """Return the versions that If-Match allows; None for any."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    matches = (FULL_ETAG.fullmatch(tag) for tag in parse_etags(header))
    return frozenset(int(match[1], 16) for match in matches if match)


def full_form(document: Document) -> JsonText:
    """Return the answer that shows one clinician in full."""
    return JsonText(document.json, etag=document.etag())
