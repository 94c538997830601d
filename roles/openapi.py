"""How a route is described: who may call it, its parameters, answers and errors.

What a view already says (access rules, query shapes) is read from it; the rest is
handed to `operation`.
"""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from typing import Any, TypeVar, cast

import uritemplate
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    Direction,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from roles.access import Alternative, Rule
from roles.scopes import Scope
from roles.viewsets import ApiViewSet
from users_service.api.openapi import (
    IF_NONE_MATCH,
    PROBLEM_TYPE,
    PROBLEMS,
    REQUEST_ID,
    TEXT,
    Schema,
    array,
    mapping,
    ref,
    response_header,
)

F = TypeVar("F", bound=Callable[..., Any])

BEARER = "bearer"
BEARER_SCHEME: Schema = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of a trusted issuer; its scopes and its ids (clinician_id, "
    "system_id) say what it may do.",
}

COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
ID_IN_PATH: Schema = {**TEXT, "minLength": 1}
PATH_PARAMETERS = {
    name: OpenApiParameter(
        name,
        ID_IN_PATH,
        OpenApiParameter.PATH,
        required=True,
        description=f"Id of the {name.removesuffix('_id')}: an opaque string.",
    )
    for name in ("clinician_id", "location_id", "patient_id")
}
ANSWER_HEADERS = (
    response_header("X-Request-ID", "The id of the request.", statuses=True),
    response_header("WWW-Authenticate", "`Bearer`.", [401]),
    response_header("Retry-After", "Seconds to wait.", [503]),
)
ETAG = response_header("ETag", "Names this state of what is shown.", [200])

NOT_MODIFIED: Schema = {
    "description": "Nothing has changed: the `ETag` is one of `If-None-Match`."
}

ROLES: Schema = mapping(
    array(TEXT),
    description="Role to its permissions, in order.",
    examples=[{"SEND Clinician": ["read:send_clinician", "read:send_location"]}],
)


class ApiSchema(AutoSchema):
    """Describes an action of an `ApiViewSet`."""

    def get_override_parameters(self) -> list[Any]:
        """Return what every action takes, and what the view says of this one."""
        names = uritemplate.variables(self.path)
        query = self._viewset.query.get(str(self._viewset.action))
        return [
            *(PATH_PARAMETERS[name] for name in names),
            *([query] if query else []),
            REQUEST_ID,
            *ANSWER_HEADERS,
            *((IF_NONE_MATCH, ETAG) if self.method == "GET" else ()),
        ]

    def get_auth(self) -> list[Schema]:
        """Return an entry per set of scopes that suffices."""
        scopes = sorted({_scopes(each) for each in self._rule.alternatives})
        return [{BEARER: list(each)} for each in scopes]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Return the operation; its description ends with who may call."""
        operation: Schema = super().get_operation(*args, **kwargs) or {}
        operation["description"] += f"\n\nWho may call: {self._rule}."
        if self.method == "GET":
            operation["responses"]["304"] = NOT_MODIFIED
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
        return operation

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Say no: a schema given for an answer is all of it."""
        del serializer
        return False

    @property
    def _rule(self) -> Rule:
        return self._viewset.access[str(self._viewset.action)]

    @property
    def _viewset(self) -> ApiViewSet:
        return cast("ApiViewSet", self.view)


class QueryBoolean(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A boolean of a query string."""

    target_class = "roles.query.QueryBooleanField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> Schema:
        """Return the schema."""
        del auto_schema, direction
        return {"type": "boolean"}


class QueryInteger(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A number of a query string."""

    target_class = "roles.query.QueryIntegerField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> Schema:
        """Return the schema."""
        del auto_schema, direction
        bounds = {"minimum": self.target.minimum, "maximum": self.target.maximum}
        return {**COUNT, **bounds}


class QueryTimestamp(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A time of a query string: more is read than JSON Schema's format allows."""

    target_class = "roles.query.QueryTimestampField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> Schema:
        """Return the schema."""
        del auto_schema, direction
        return TEXT


def _scopes(alternative: Alternative) -> tuple[str, ...]:
    return tuple(sorted(each for each in alternative if isinstance(each, Scope)))


def operation(
    operation_id: str,
    summary: str,
    description: str,
    *,
    tag: str,
    answer: Schema | None,
    status: int = 200,
    request: Any = None,
    problems: Collection[int] = (),
    parameters: Sequence[OpenApiParameter] = (),
    examples: Sequence[OpenApiExample] = (),
    deprecated: bool = False,
) -> Callable[[F], F]:
    """Describe an action.

    `answer` is the schema of its success (None: empty), `request` a serializer or
    None, `problems` the errors besides those that every route has.
    """
    errors = {400, 401, 403, 503, *problems, *((413, 415) if request else ())}
    told = HTTPStatus(status).phrase if answer is None else "Success."
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        tags=[tag],
        request=request,
        responses={
            status: OpenApiResponse(answer, description=told),
            **{
                (error, PROBLEM_TYPE): OpenApiResponse(
                    ref("Problem"), description=PROBLEMS[error]
                )
                for error in sorted(errors)
            },
        },
        parameters=list(parameters),
        examples=list(examples),
        deprecated=deprecated or None,
    )


LIST_ROLES = operation(
    "list_roles",
    "All roles",
    "Every role that a clinician can be put into, with the permissions it grants.",
    tag="roles",
    answer=ROLES,
)
