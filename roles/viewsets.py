"""The base of every API view: who may call, and with which query string."""

from typing import Any, ClassVar, cast
from urllib.parse import unquote_to_bytes

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Field, Serializer
from rest_framework.viewsets import ViewSet

from roles.access import Rule
from roles.callers import Caller
from users_service.api.validation import shared, validated
from users_service.exceptions import AccessDenied, InvalidInput

_UNKNOWN = "Unknown query parameter."


class ApiViewSet(ViewSet):
    """A resource whose access rules and parameters are data, keyed by action.

    The order of the checks is the HTTP contract's: method (405), token and access
    (401, 403), then path and query string (400). The body is parsed when the
    action reads `request.data`, so after all of them.
    """

    access: ClassVar[dict[str, Rule]] = {}
    query: ClassVar[dict[str, type[Serializer[Any]]]] = {}
    parameters: dict[str, Any]

    @property
    def caller(self) -> Caller:
        """Who calls; known once `initial` has read the token."""
        return cast("Caller", self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the request up to its body; leaves the query in `parameters`.

        Raises MethodNotAllowed, NotAuthenticated, AccessDenied, Unavailable,
        InvalidInput or DRF's ValidationError.
        """
        del args, kwargs
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        if request.method == "OPTIONS":
            return
        if self.action is None:
            raise MethodNotAllowed(str(request.method))
        self._check_access(request, self.access[self.action])
        _check_text("path", _raw_path(request))
        self.parameters = self._read_query(request, self.query.get(self.action))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """To anyone: 200, empty; DRF adds Allow to every response."""
        del request, args, kwargs
        return Response()

    def perform_content_negotiation(
        self,
        request: Request,
        force: bool = False,
    ) -> tuple[BaseRenderer, str]:
        """JSON whatever Accept says, as Polaris clients know it.

        DRF's own would answer 406, and would take `?format=` for itself.
        """
        del request, force
        renderer = self.get_renderers()[0]
        return renderer, str(renderer.media_type)

    def _check_access(self, request: Request, rule: Rule) -> None:
        self.perform_authentication(request)
        if not rule.allows(self.caller, self.kwargs.get("clinician_id")):
            raise AccessDenied(f"needs {rule}")

    def _read_query(
        self, request: Request, shape: type[Serializer[Any]] | None
    ) -> dict[str, Any]:
        given = _query_string(request)
        known = shared(shape).fields if shape is not None else {}
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InvalidInput(errors={name: [_UNKNOWN] for name in unknown})
        if shape is None:
            return {}
        values = {name: _value(given, name, known[name]) for name in given}
        return validated(shape, values)


def _check_text(part: str, raw: bytes) -> None:
    """Refuse what is no text: not UTF-8 (lone surrogates never are), or a NUL."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidInput(errors={part: ["Must be UTF-8."]}) from None
    if "\0" in text:
        raise InvalidInput(errors={part: ["Must not hold a NUL character."]})


def _query_string(request: Request) -> QueryDict:
    raw = str(request.META.get("QUERY_STRING", ""))
    _check_text("query", unquote_to_bytes(raw.encode("latin-1")))
    try:
        return request.query_params
    except TooManyFieldsSent:
        raise InvalidInput(errors={"query": ["Too many parameters."]}) from None


def _raw_path(request: Request) -> bytes:
    # Django keeps no raw path: in its own, bytes that are not UTF-8 read "%FF", as an
    # id may, too. gunicorn keeps one; without it such an id is refused as well.
    target = request.META.get("RAW_URI")
    if target is None:
        return unquote_to_bytes(request.path_info)
    path: str = target.partition("?")[0]
    return unquote_to_bytes(path.encode("latin-1"))


def _value(given: QueryDict, name: str, field: Field[Any, Any, Any, Any]) -> str:
    if getattr(field, "many_values", False):
        return ",".join(given.getlist(name))
    return str(given[name])
