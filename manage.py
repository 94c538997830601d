#!/usr/bin/env python3
"""Django's command line for this service."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from users_service.development import load_development_environment


def main() -> None:
    """Run the command; a wrong environment variable ends it with what to write."""
    load_development_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
