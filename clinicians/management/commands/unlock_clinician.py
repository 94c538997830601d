"""`manage.py unlock_clinician ID`: let somebody log in again before the lock ends."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinicians.models import Clinician
from clinicians.services.lockout import unlock
from users_service.journal.operators import add_by_argument, operator


class Command(BaseCommand):
    """Forget the failed logins of one clinician; the audit trail says who did it."""

    help = "Unlock a clinician whose account is locked after failed logins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ID and --by."""
        parser.add_argument("clinician_id", metavar="ID")
        add_by_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlock; CommandError for somebody who is not there."""
        clinician_id = options["clinician_id"]
        if not Clinician.objects.filter(pk=clinician_id).exists():
            raise CommandError(f"There is no clinician {clinician_id}.")
        actor = operator(options["by"])
        was_locked = unlock(actor=actor, clinician_id=clinician_id)
        told = "is unlocked" if was_locked else "was not locked"
        self.stdout.write(f"Clinician {clinician_id} {told}.")
