"""Who runs a management command, for the audit trail."""

import getpass

from django.core.management.base import CommandParser

from users_service.journal.audit import Operator


def add_by_argument(parser: CommandParser) -> None:
    """Declare --by."""
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="who does it, for the audit trail; the system's user by default",
    )


def operator(name: str | None) -> Operator:
    """Return the actor: who --by names, else the system's user."""
    return Operator(name or _system_user())


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's uid need not have a name
        return "unknown"
