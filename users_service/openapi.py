"""The description of the API as a whole, and of the wiring's own routes."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from clinicians.openapi.schemas import SCHEMAS
from roles.openapi import BEARER, BEARER_SCHEME, operation
from users_service.api.openapi import (
    BOOLEAN,
    MOMENT,
    PROBLEM,
    PROBLEM_TYPE,
    TEXT,
    Schema,
    array,
    mapping,
    nullable,
    record,
    ref,
)

DESCRIPTION = """\
Clinicians, their roles, products, passwords, terms agreements and bookmarks.

* **JSON** in and out, UTF-8. Types are strict: no number for a string, no `"true"` for
  a boolean. Duplicate keys, NaN, NUL characters and lone surrogates are refused, and so
  are unknown query parameters.
* **Ids** are opaque strings of at most 36 characters.
* **Sizes**: texts of at most 1,000 characters; of each of a clinician's lists (groups,
  locations, bookmarks, bookmarked patients, products) at most 1,000 members, unless the
  service is set up otherwise. A longer list from before may be sent back and shrink.
* **Times** go out as `2026-01-31T09:08:07.123Z`; what comes in without an offset
  is UTC. Dates are `2026-01-31`; in, also unpadded.
* **Errors** are all of one shape, `application/problem+json`. They name at most 100
  fields; a field's path and each message end after 200 characters.
* **Tokens**: `Authorization: Bearer …`. Where a route says who may call, *own* means
  that the token's clinician_id is the one in the path, *system* that the token has a
  system_id.
* HEAD works wherever GET does; OPTIONS answers anyone with `Allow`.
"""

TAGS = [
    {"name": "clinician", "description": "One clinician."},
    {"name": "clinicians", "description": "Many clinicians."},
    {"name": "login", "description": "For the services that people log in at."},
    {"name": "bookmarks", "description": "What a clinician marked."},
    {"name": "roles", "description": "What clinicians may be."},
    {"name": "audit", "description": "Who did what."},
    {"name": "monitoring", "description": "For anyone; no token is needed."},
    {"name": "maintenance", "description": "For test set-ups only."},
]

DROP_DATA = operation(
    "drop_data",
    "Empty the store",
    "All clinicians, what hangs on them and undelivered events are gone afterwards; "
    "roles and the audit trail stay. 403 unless ALLOW_DROP_DATA is true; in PRODUCTION "
    "there is no such route.",
    tag="maintenance",
    answer=record(
        {
            "complete": {"const": True},
            "time_taken": {"type": "string", "pattern": r"^\d+\.\d\ds$"},
        },
        examples=[{"complete": True, "time_taken": "0.12s"}],
    ),
)

AUDIT_ENTRY = record(
    {
        "id": {"type": "integer", "minimum": 1},
        "created": MOMENT,
        "actor": {
            **TEXT,
            "description": "Who did it; `staff:<id>` in the admin.",
        },
        "actor_kind": {
            **TEXT,
            "description": "What the actor is: clinician, system, staff, operator, …",
        },
        "request_id": {**TEXT, "description": "Empty outside requests."},
        "action": TEXT,
        "clinician_id": nullable(TEXT),
        "changes": mapping(
            {},
            description="Field to `[old, new]`; list to `added`, `removed` and "
            "`changed`; of a password only that it changed.",
        ),
    },
    description="Who did what to whom.",
    examples=[
        {
            "id": 42,
            "created": "2026-01-31T09:08:07.123Z",
            "actor": "static_clinician_uuid_2",
            "actor_kind": "clinician",
            "request_id": "0e4f6c3a-8f0b-4a53-9d6b-3f6b1f2f7c11",
            "action": "clinician.changed",
            "clinician_id": "static_clinician_uuid_1",
            "changes": {
                "job_title": ["Nurse", "Senior Nurse"],
                "locations": {"added": ["static_location_uuid_2"]},
            },
        }
    ],
)
LIST_AUDIT_ENTRIES = operation(
    "list_audit_entries",
    "The audit trail",
    "The newest entries first, a page at a time: `next` is the `after` of the page "
    "that follows, null on the last one. A transaction that began earlier may add its "
    "entries later: whoever follows the trail asks from somewhat before the newest "
    "entry that is known, and tells entries apart by `id`.",
    tag="audit",
    answer=record(
        {"results": array(ref("AuditEntry")), "next": nullable(TEXT)},
    ),
)

_SECONDS: Schema = {"type": "number", "description": "Seconds since 1970."}
HEALTH = record(
    {
        "hostname": TEXT,
        "status": {"enum": ["success", "failure"]},
        "timestamp": _SECONDS,
        "results": array(
            record(
                {
                    "checker": TEXT,
                    "output": TEXT,
                    "passed": BOOLEAN,
                    "timestamp": _SECONDS,
                    "response_time": {"type": "number", "description": "In seconds."},
                }
            )
        ),
    },
    description="What was checked, and whether it is there.",
)
BUILD = record(
    {"circle": TEXT, "hash": TEXT, "version": TEXT},
    examples=[{"circle": "unknown", "hash": "unknown", "version": "unknown"}],
)


def _monitoring(
    operation_id: str,
    summary: str,
    description: str,
    answer: Schema,
    *,
    media_type: str = "application/json",
    others: Schema | None = None,
) -> Schema:
    content = {media_type: {"schema": answer}}
    return {
        "get": {
            "operationId": operation_id,
            "summary": summary,
            "description": description,
            "tags": ["monitoring"],
            "security": [],
            "responses": {
                "200": {"description": "Success.", "content": content},
                **(others or {}),
            },
        }
    }


PATHS: Schema = {
    "/running": _monitoring(
        "is_running",
        "Liveness",
        "Touches nothing, so that a lost database restarts no container.",
        record({"running": {"const": True}}),
    ),
    "/version": _monitoring(
        "get_version", "The build", "`unknown` where the build did not say.", BUILD
    ),
    "/healthcheck": _monitoring(
        "check_health",
        "Readiness",
        "Checks the database and its migrations.",
        ref("Health"),
        others={
            "503": {
                "description": "Something is not there.",
                "content": {"application/json": {"schema": ref("Health")}},
            }
        },
    ),
    "/metrics": _monitoring(
        "get_metrics",
        "Metrics",
        "Of all workers, as Prometheus reads them.",
        TEXT,
        media_type="text/plain",
    ),
    "/openapi.json": _monitoring(
        "get_openapi", "This document", "OpenAPI 3.1.", {"type": "object"}
    ),
    "/docs": _monitoring(
        "get_docs",
        "This document as pages",
        "Works without the internet.",
        TEXT,
        media_type="text/html",
    ),
}


def complete(result: Any, **_kwargs: Any) -> Any:
    """Add what no view of the framework says (drf-spectacular's hook)."""
    result["info"]["description"] = DESCRIPTION
    result["tags"] = TAGS
    result["components"]["schemas"] |= {
        **SCHEMAS,
        "AuditEntry": AUDIT_ENTRY,
        "Health": HEALTH,
        "Problem": PROBLEM,
    }
    result["components"]["responses"] = _shared_problems(result["paths"])
    result["components"]["securitySchemes"] = {BEARER: BEARER_SCHEME}
    result["paths"] |= PATHS
    return result


def _shared_problems(paths: Schema) -> Schema:
    """Replace each error in the paths by a reference; return what they refer to."""
    shared: Schema = {}
    for responses in _responses(paths):
        for status, response in responses.items():
            if PROBLEM_TYPE in response.get("content", {}):
                name = HTTPStatus(int(status)).phrase.replace(" ", "")
                shared[name] = response
                responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _responses(paths: Schema) -> Iterator[Schema]:
    for methods in paths.values():
        for described in methods.values():
            yield described["responses"]
