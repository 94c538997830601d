"""`manage.py blank_audit ID`: blank what the audit trail holds about a clinician."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from users_service.journal.maintenance import blank_clinician
from users_service.journal.operators import add_by_argument, operator


class Command(BaseCommand):
    """Blank the values about one clinician, for data protection."""

    help = "Blank the values in the audit entries about one clinician."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ID and --by."""
        add_by_argument(parser)
        parser.add_argument("clinician_id", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        """Blank them, and say in how many entries."""
        number = blank_clinician(
            actor=operator(options["by"]), clinician_id=options["clinician_id"]
        )
        self.stdout.write(f"Values blanked in {number} audit entries.")
