"""GET /dhos/v2/audit: the audit trail, for programs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from roles.access import scope
from roles.query import QueryIntegerField, QueryTimestampField
from roles.viewsets import ApiViewSet
from users_service.api.fields import OpaqueIdField, TextField
from users_service.journal.models import ACTOR_LENGTH, AuditEntry
from users_service.journal.querysets import AuditQuerySet, Position
from users_service.openapi import LIST_AUDIT_ENTRIES

FIELDS = (
    "id",
    "created",
    "actor",
    "actor_kind",
    "request_id",
    "action",
    "clinician_id",
    "changes",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# An entry's time in microseconds and its number: both fit their columns.
CURSOR = re.compile(r"\A[0-9]{1,16}-[0-9]{1,18}\Z")


class AuditQuery(serializers.Serializer[Any]):
    """Which entries, and how many."""

    clinician_id = OpaqueIdField(
        required=False, help_text="Only what is about this clinician."
    )
    since = QueryTimestampField(
        required=False,
        help_text="Only from this time on, it included: ISO 8601, or a date for its "
        "midnight; without an offset it is UTC.",
    )
    actor = TextField(
        required=False,
        allow_blank=False,
        max_length=ACTOR_LENGTH,
        help_text="Only what was done by the actor with this id.",
    )
    limit = QueryIntegerField(
        default=100, minimum=1, maximum=1000, help_text="How many at most."
    )
    after = TextField(
        required=False,
        allow_blank=False,
        validators=[RegexValidator(CURSOR, "Must be the `next` of a page.")],
        help_text="The `next` of the page before.",
    )


class AuditTrailViewSet(ApiViewSet):
    """Who did what, the newest first."""

    access: ClassVar = {"list": scope("read:audit_event")}
    query: ClassVar = {"list": AuditQuery}

    @LIST_AUDIT_ENTRIES
    def list(self, _request: Request) -> Response:
        """Return a page of entries, and what the next one comes after."""
        limit = self.parameters["limit"]
        # One more than asked for tells whether there is another page.
        found = list(self._wanted().newest_first()[: limit + 1].values(*FIELDS))
        page = found[:limit]
        following = _cursor(page[-1]) if len(found) > limit else None
        return Response({"results": [_shown(each) for each in page], "next": following})

    def _wanted(self) -> AuditQuerySet:
        given = self.parameters
        entries = AuditEntry.objects.all()
        if "clinician_id" in given:
            entries = entries.about(given["clinician_id"])
        if "since" in given:
            entries = entries.since(given["since"])
        if "actor" in given:
            entries = entries.by(given["actor"])
        if "after" in given:
            entries = entries.following(_position(given["after"]))
        return entries


def _cursor(entry: dict[str, Any]) -> str:
    return f"{(entry['created'] - EPOCH) // MICROSECOND}-{entry['id']}"


def _position(cursor: str) -> Position:
    microseconds, _, number = cursor.partition("-")
    return Position(EPOCH + int(microseconds) * MICROSECOND, int(number))


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    created = entry["created"].isoformat(timespec="milliseconds")
    return {**entry, "created": created.replace("+00:00", "Z")}
