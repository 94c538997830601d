"""`manage.py erase_clinician ID`: erase what is held about one person."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinicians.services.erasure import Erased, erase_clinician, rehearse_erasure
from users_service.exceptions import NotFound
from users_service.journal.operators import add_by_argument, operator

TOLD = {
    "fields": "fields emptied",
    "passwords": "password hashes deleted",
    "list_members": "roles, locations and bookmarks taken away",
    "products": "products closed, or rid of the reason for closing them",
    "unrecognised_roles": "unrecognised roles deleted that nobody else has",
    "login_guards": "records of failed logins deleted",
    "messages": "stored messages deleted",
    "audit_entries": "audit entries blanked",
}


class Command(BaseCommand):
    """Erase one clinician, or tell how much that would be; never what it says."""

    help = (
        "Erase what is held about a clinician, for good: name, address, badge and all "
        "other fields, password, roles, locations, bookmarks, failed logins, stored "
        "messages, and the values in the audit trail. What stays: the id, with the "
        "products used (closed today) and the terms agreed to, and that things "
        "happened. Other services are told. Can be repeated. See "
        "docs/data-protection.md; --dry-run first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ID, --by and --dry-run."""
        parser.add_argument("clinician_id", metavar="ID", help="the clinician's uuid")
        add_by_argument(parser)
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say how much would go, by erasing it and rolling back",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the numbers as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase; CommandError for somebody who is not there."""
        clinician_id, rehearsed = options["clinician_id"], options["dry_run"]
        try:
            if rehearsed:
                erased = rehearse_erasure(clinician_id=clinician_id)
            else:
                actor = operator(options["by"])
                erased = erase_clinician(actor=actor, clinician_id=clinician_id)
        except NotFound:
            raise CommandError(f"There is no clinician {clinician_id}.") from None
        if options["json"]:
            summary = {"dry_run": rehearsed, **erased._asdict()}
            self.stdout.write(json.dumps(summary))
        else:
            self._tell(clinician_id, erased, "would be" if rehearsed else "is")

    def _tell(self, clinician_id: str, erased: Erased, verb: str) -> None:
        if not any(erased):
            self.stdout.write(f"Clinician {clinician_id}: nothing is left to erase.")
            return
        self.stdout.write(f"Clinician {clinician_id} {verb} erased:")
        for kind, number in erased._asdict().items():
            self.stdout.write(f"{number:6} {TOLD[kind]}")
