"""`manage.py unlock_staff NAME`: let a member of staff log in again at once."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from users_service.staff_lockout import unlock_staff


class Command(BaseCommand):
    """Forget the failed logins of a staff account."""

    help = "Unlock a staff account that is locked after failed logins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME."""
        parser.add_argument("name", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlock; CommandError for an account that is not there."""
        name = options["name"]
        if not User.objects.filter(username=name).exists():
            raise CommandError(f"There is no staff account {name}.")
        told = "forgotten" if unlock_staff(name) else "none to forget"
        self.stdout.write(f"Failed logins of {name}: {told}.")
