"""`manage.py refresh_readme`: what the README says of the code, taken from the code."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from users_service.routes import routes

APPS = ("roles", "clinicians", "bookmarks", "journal")


class Command(BaseCommand):
    """Rewrites the route table and the database diagram between their markers."""

    help = "Refresh the route table and the database diagram in the README."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --check and --file."""
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail if it is stale."
        )
        parser.add_argument(
            "--file", type=Path, default=settings.BASE_DIR / "README.md"
        )

    def handle(self, *_args: Any, file: Path, check: bool, **_options: Any) -> None:
        """Rewrite the file, or with --check compare it."""
        before = file.read_text()
        after = before
        for name, section in SECTIONS.items():
            after = _replaced(after, name, section())
        if check and after != before:
            raise CommandError(f"{file.name} is stale: run `make readme`.")
        if not check:
            file.write_text(after)


def route_table() -> str:
    """Return every route with who may call it, as a Markdown table."""
    rows = [
        f"| {route.method} | `{route.path}` | {route.rule or 'anyone'} |"
        for route in routes()
    ]
    return "\n".join(["| method | path | who may call |", "|---|---|---|", *rows])


def diagram() -> str:
    """Return our models and their relations as a Mermaid diagram."""
    ours = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    lines = [line for model in ours for line in (*_entity(model), *_relations(model))]
    return "\n".join(["```mermaid", "erDiagram", *lines, "```"])


SECTIONS: dict[str, Callable[[], str]] = {"routes": route_table, "diagram": diagram}


def _replaced(text: str, name: str, content: str) -> str:
    """Return the text with new content between the markers of that name."""
    marked = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    replaced, number = marked.subn(
        lambda found: f"{found[1]}{content}\n{found[2]}", text
    )
    if number != 1:
        raise CommandError(f"There must be one <!-- {name} --> … <!-- /{name} -->.")
    return replaced


def _entity(model: type[models.Model]) -> Iterator[str]:
    yield f"    {model.__name__} {{"
    for field in model._meta.concrete_fields:
        # A foreign key is stored as the key that it points to.
        stored: Any = getattr(field, "target_field", field)
        kind = stored.get_internal_type().removesuffix("Field").lower()
        yield f"        {kind} {field.column}{_key(field)}"
    yield "    }"


def _key(field: "models.Field[Any, Any]") -> str:
    if field.primary_key:
        return " PK"
    if field.is_relation:
        return " FK"
    return " UK" if _is_unique(field) else ""


def _is_unique(field: "models.Field[Any, Any]") -> bool:
    names = [
        constraint.fields
        for constraint in field.model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and not constraint.condition
    ]
    return field.unique or (field.name,) in names


def _relations(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            target = field.related_model.__name__
            yield f"    {target} ||--o{{ {model.__name__} : {field.name}"
    for many in model._meta.local_many_to_many:
        through: Any = many.remote_field.through
        # One with a model of its own in between is drawn as that.
        if through._meta.auto_created:
            target = many.related_model.__name__
            yield f"    {model.__name__} }}o--o{{ {target} : {many.name}"
