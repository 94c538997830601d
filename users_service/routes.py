"""The routes of the service, read from its URLconf."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from roles.access import Rule

NOT_THE_API = ("admin/",)


class Route(NamedTuple):
    """A path with one of its methods; `rule` is None where anyone may call."""

    method: str
    path: str
    rule: Rule | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def to(self, **ids: str) -> str:
        """Return the path with ids in it."""
        return self.path.format(**ids)


def routes() -> list[Route]:
    """Return every route but those of the admin and HEAD and OPTIONS."""
    return list(_routes(get_resolver("users_service.urls").url_patterns))


def _routes(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Route]:
    for pattern in patterns:
        if str(pattern.pattern) in NOT_THE_API:
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns)
            continue
        path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        for method, rule in _methods(pattern.callback):
            yield Route(method, path, rule)


def _methods(callback: Any) -> Iterator[tuple[str, Rule | None]]:
    for method, action in getattr(callback, "actions", {"get": None}).items():
        if method != "head":
            rule = callback.cls.access[action] if action else None
            yield method.upper(), rule
