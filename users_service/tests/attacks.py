"""What attackers send, and every place where it can be sent to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml
from django.conf import settings
from django.contrib.admin import site
from django.test import Client
from django.urls import URLPattern, URLResolver

from users_service.tests.accounts import account
from users_service.tests.sizes import sized

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/openapi.yaml"

EVERY_SQL = (
    "'",
    '"',
    "\\",
    "' OR '1'='1",
    "x' OR 1=1 --",
    "1) OR (1=1",
    "'; DROP TABLE clinicians_clinician; --",
    "' UNION SELECT password FROM clinicians_clinician --",
    "'||(SELECT password FROM clinicians_clinician LIMIT 1)||'",
    "$$; SELECT pg_sleep(60); $$",
    "\\'; DELETE FROM clinicians_clinician; --",
    "%' OR '%'='",
    "%s %(x)s {0} ?1 :x",
    "\N{MODIFIER LETTER APOSTROPHE} OR 1=1",
    "/**/UNION/**/SELECT/**/1",
    "{1,2}",
    "[]::jsonb",
)
"""Texts that end a quotation, a statement or a parameter in SQL of either database."""

SQL = sized(quick=EVERY_SQL[::6], soak=EVERY_SQL)
SOME_SQL = sized(quick=("x') OR 1=1; DROP TABLE roles_role; --",), soak=EVERY_SQL)
"""For where a page takes long."""


class Operation(NamedTuple):
    """One operation of the API, as its document describes it."""

    method: str
    path: str
    queries: tuple[str, ...]
    schema: dict[str, Any]
    """Of the body; empty if it takes none."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations() -> list[Operation]:
    """Return every operation of the OpenAPI document."""
    return list(_operations(yaml.safe_load(DOCUMENT.read_text())))


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            asked = described.get("parameters", [])
            taken: dict[str, Any] = described.get("requestBody", {"content": {}})
            yield Operation(
                method.upper(),
                path,
                tuple(each["name"] for each in asked if each["in"] == "query"),
                _whole(_schema(taken["content"]), document),
            )


def _schema(content: dict[str, Any]) -> Any:
    """Return the schema of a body's one form; empty if there is none."""
    return next((each["schema"] for each in content.values()), {})


def _whole(schema: Any, document: dict[str, Any]) -> Any:
    """Return a schema in which no part refers to another."""
    if isinstance(schema, list):
        return [_whole(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _whole(document["components"]["schemas"][name], document)
    return {name: _whole(each, document) for name, each in schema.items()}


def bodies(schema: dict[str, Any], good: Any, text: str) -> Iterator[tuple[str, Any]]:
    """Yield a good body with a text in each place in turn that it may stand in."""
    if schema.get("type") == "array":
        yield "0", [text]
        for place, each in bodies(schema["items"], good[0] if good else {}, text):
            yield f"0.{place}", [each]
        return
    for name, described in schema.get("properties", {}).items():
        yield name, {**good, name: text}
        if "items" in described:
            inner = bodies(described, good.get(name, []), text)
            yield from ((f"{name}.{place}", {**good, name: it}) for place, it in inner)


class Page(NamedTuple):
    """An address of the admin, with a place for a key where it takes one."""

    pattern: str
    name: str

    def __str__(self) -> str:
        return self.pattern

    @property
    def model(self) -> str:
        """The model's name, of those pages that are a model's."""
        parts = self.pattern.split("/")
        return parts[1] if len(parts) > 2 and parts[0] in APPS else ""

    def to(self, key: object = "") -> str:
        """Return the address with a key in it."""
        path = re.sub(r"<\w+:\w+>", quote(str(key), safe=""), self.pattern)
        return f"/admin/{path}"


APPS = {model._meta.app_label for model in site._registry}


def pages() -> list[Page]:
    """Return every address of the admin, but Django's catch-all for the others."""
    # One that stands there twice has a name where it is Django's.
    return list({each.pattern: each for each in _pages(site.get_urls(), "")}.values())


def _pages(patterns: Any, before: str) -> Iterator[Page]:
    for each in patterns:
        pattern = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _pages(each.url_patterns, pattern)
        elif pattern.startswith("^("):
            labels = re.search(r">([\w|]+)\)", pattern)
            names = labels[1].split("|") if labels else []
            yield from (Page(f"{label}/", "app_list") for label in names)
        elif not pattern.startswith("("):
            assert isinstance(each, URLPattern)
            yield Page(pattern, each.name or "")


def root(name: str = "root") -> Client:
    """Return a browser in which a superuser is logged in, and that shows a 500."""
    user = account(name, is_superuser=True)
    client = Client(raise_request_exception=False)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    return client
