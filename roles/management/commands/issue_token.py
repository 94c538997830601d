"""Mint a token for curl and scripts: `manage.py issue_token --help`."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from roles.minting import mint_token
from roles.models import Role
from roles.scopes import Scope
from users_service.database.fields import ID_LENGTH

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    """Print a token of the platform's issuer, outside PRODUCTION."""

    help = "Print a bearer token of the platform's issuer (not in PRODUCTION)."
    requires_system_checks: list[str] = []  # stdout holds the token, nothing else

    def add_arguments(self, parser: CommandParser) -> None:
        """Define whose token it is, with which scopes and for how long."""
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--system", metavar="ID", dest="system_id")
        who.add_argument("--clinician", metavar="ID", dest="clinician_id")
        parser.add_argument("--scope", default="", help='such as "read:a write:b"')
        parser.add_argument(
            "--role", action="append", default=[], metavar="NAME", help="its scopes"
        )
        parser.add_argument(
            "--all-scopes", action="store_true", help="all that the API checks"
        )
        parser.add_argument("--expires", type=duration, default="1h", metavar="1h")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token; CommandError where it may not or cannot be minted."""
        if settings.IS_PRODUCTION:
            raise CommandError("Tokens are not minted in PRODUCTION.")
        try:
            token = mint_token(
                details=_details(options),
                scopes=sorted(_scopes(options)),
                lifetime=options["expires"],
            )
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        self.stdout.write(token)


def duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `12h` or `1d`; raises ArgumentTypeError for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not like 90s, 15m, 12h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _details(options: dict[str, Any]) -> dict[str, str]:
    ids = {name: options[name] for name in ("system_id", "clinician_id")}
    given = {name: value for name, value in ids.items() if value is not None}
    for value in given.values():
        if not 1 <= len(value) <= ID_LENGTH:
            raise CommandError(f"An id has 1 to {ID_LENGTH} characters.")
    return given


def _scopes(options: dict[str, Any]) -> set[str]:
    scopes = set(options["scope"].split())
    if options["all_scopes"]:
        scopes.update(Scope)
    # Without a role the database is not asked: a token can be had before migrating.
    held = Role.objects.recognised().permission_names() if options["role"] else {}
    for name in options["role"]:
        if name not in held:
            raise CommandError(f"There is no role called {name!r}.")
        scopes.update(held[name])
    return scopes
