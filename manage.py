#!/usr/bin/env python3
"""Django's command line for this service."""

import logging
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError

from users_service.database import unreachable
from users_service.development import load_development_environment
from users_service.logs import describe


def main() -> None:
    """Run the command; a wrong environment variable ends it with what to write.

    An error of the database ends it with its kind and place: the text may quote whom
    it is about, or a password's hash. A connection's says only what is wrong with it.
    """
    refuse_bytes(sys.argv)
    # While it looks for the database; what it does not find is said below.
    logging.getLogger("psycopg.pool").addFilter(lambda _: False)
    load_development_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(unreachable.explain(error))
    except DatabaseError as error:
        sys.exit("\n".join(["The database refused.", *describe(error)]))


def refuse_bytes(arguments: list[str]) -> None:
    """End with the number of the first argument that is not UTF-8."""
    for number, argument in enumerate(arguments):
        if not argument.isprintable() and any(map(is_surrogate, argument)):
            sys.exit(f"Argument {number} is not UTF-8.")


def is_surrogate(character: str) -> bool:
    """Return whether the character stands for a byte that is not UTF-8."""
    return "\ud800" <= character <= "\udfff"


if __name__ == "__main__":
    main()
