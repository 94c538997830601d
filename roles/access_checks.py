"""System checks: what must be true before the first request."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from roles.issuers import trusted_issuers
from roles.viewsets import ApiViewSet


def unguarded_actions() -> list[tuple[str, str]]:
    """List (view, action) mapped in the URLconf without an access rule."""
    return [
        (view.__name__, action)
        for view, action in _mapped_actions(get_resolver().url_patterns)
        if action not in view.access
    ]


def check_actions_are_guarded(**kwargs: object) -> list[CheckMessage]:
    """Report an API action that anyone could call."""
    del kwargs
    return [
        Error(
            f"{view}.{action} is routed but has no access rule.",
            hint=f"Add {action!r} to {view}.access.",
            id="roles.E001",
        )
        for view, action in unguarded_actions()
    ]


def check_issuers_are_usable(**kwargs: object) -> list[CheckMessage]:
    """Report keys that no token could be checked with."""
    del kwargs
    try:
        trusted_issuers()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="roles.E002")]
    return []


def _mapped_actions(
    patterns: Iterable[URLPattern | URLResolver],
) -> Iterator[tuple[type[ApiViewSet], str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _mapped_actions(pattern.url_patterns)
        else:
            yield from _actions(pattern.callback)


def _actions(callback: Any) -> Iterator[tuple[type[ApiViewSet], str]]:
    view = getattr(callback, "cls", None)
    if isinstance(view, type) and issubclass(view, ApiViewSet):
        yield from ((view, action) for action in callback.actions.values())
