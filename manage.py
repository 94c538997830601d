#!/usr/bin/env python3
"""Django's command line for this service."""

import errno
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError

from users_service.database import unreachable
from users_service.development import load_development_environment
from users_service.logs import describe

OUTPUT_ERRORS = {errno.EPIPE, errno.ENOSPC}


def main() -> None:
    """Run the command; a wrong environment variable ends it with what to write.

    An error of the database ends it with its kind and place: the text may quote whom
    it is about, or a password's hash. A connection's says only what is wrong with it.
    """
    prepare_output()
    refuse_bytes(sys.argv)
    # While it looks for the database; what it does not find is said below.
    logging.getLogger("psycopg.pool").addFilter(lambda _: False)
    load_development_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS:
            raise
        # Else Python would try to write the rest of it, and say that it could not.
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
        sys.exit(f"Standard output: {error.strerror}.")
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(unreachable.explain(error))
    except DatabaseError as error:
        sys.exit("\n".join(["The database refused.", *describe(error)]))


def prepare_output() -> None:
    """Write UTF-8, whatever the locale; end where there is no standard output.

    Whatever a command prints, such as a password, would be lost.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    if sys.stdout is None:
        sys.exit("Standard output is closed.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


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
