"""What every description of a route is made of (OpenAPI 3.1, JSON Schema 2020-12)."""

from collections.abc import Collection, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter

from users_service.database.fields import ID_LENGTH

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "maxLength": ID_LENGTH}
DATE: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
OFFSET_MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$",
}

PROBLEM_TYPE = "application/problem+json"
PROBLEMS = {
    400: "A parameter, header or body is malformed or breaks a rule; nothing is "
    "written. `errors` says where, if it is about a field.",
    401: "There is no bearer token.",
    403: "The token is not valid or does not suffice. The cause is in the log only.",
    404: "There is no such clinician.",
    409: "An e-mail address or id is already in use; the message names it.",
    412: "The clinician is no longer in the state that `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not of the type application/json.",
    503: "The database, or an issuer's key set, does not answer for now.",
}
"""Status of an error to what it means."""


def ref(name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """Return the schema of a typed value, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def array(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def mapping(values: Schema, **more: Any) -> Schema:
    """Return the schema of an object whose keys are data."""
    return {"type": "object", "additionalProperties": values, **more}


def record(
    properties: Mapping[str, Schema], *, optional: Collection[str] = (), **more: Any
) -> Schema:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        **more,
    }


PROBLEM = record(
    {
        "type": {"const": "about:blank"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "message": {**TEXT, "description": "The same as `detail`."},
        "errors": mapping(
            array(TEXT, minItems=1),
            minProperties=1,
            description="Field path, such as `products.0.opened_date`, to messages.",
        ),
    },
    optional=["errors"],
    description="An error (RFC 9457).",
    examples=[
        {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "products.0.opened_date: A date such as 2026-01-31 is needed.",
            "message": "products.0.opened_date: A date such as 2026-01-31 is needed.",
            "errors": {
                "products.0.opened_date": ["A date such as 2026-01-31 is needed."]
            },
        }
    ],
)

REQUEST_ID = OpenApiParameter(
    "X-Request-ID",
    TEXT,
    OpenApiParameter.HEADER,
    description="Names the request in logs; the answer carries it, cut to 128 "
    "printable characters. Without it one is made.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    TEXT,
    OpenApiParameter.HEADER,
    description="An `ETag` of an earlier answer, or `*`: 304 if nothing has changed.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    TEXT,
    OpenApiParameter.HEADER,
    description="The `ETag` that was read: 412 if the clinician has changed since.",
)


def response_header(
    name: str, description: str, statuses: list[int] | bool
) -> OpenApiParameter:
    """Return a header of the answers with these statuses (True: of all)."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=statuses
    )


class StrictObject(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says of a request's object whether it may hold keys that are no fields."""

    target_class = "users_service.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        """Return the schema that drf-spectacular makes, closed unless keys are ignored.

        Lists that need a member say so, which drf-spectacular leaves out.
        """
        mapped = auto_schema._map_serializer  # noqa: SLF001 (the way of its extensions)
        schema: Schema = mapped(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        for key in sorted(self.target.dropped):
            schema["properties"][key] = {"description": "Accepted and dropped."}
        for name, field in self.target.fields.items():
            if getattr(field, "allow_empty", True) is False:
                schema["properties"][name]["minItems"] = 1
        if not self.target.ignores_unknown:
            schema["additionalProperties"] = False
        return schema
