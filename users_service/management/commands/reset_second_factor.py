"""`manage.py reset_second_factor NAME`: let a member of staff set up another phone."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from users_service.second_factor.devices import reset


class Command(BaseCommand):
    """Remove the second factor of a staff account."""

    help = "Remove the second factor of a staff account, whose phone is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME."""
        parser.add_argument("name", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove it; CommandError for an account that is not there."""
        name = options["name"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no staff account {name}.")
        told = "removed" if reset(user.pk) else "there was none"
        self.stdout.write(f"Second factor of {name}: {told}.")
