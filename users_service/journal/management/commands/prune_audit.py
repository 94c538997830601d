"""`manage.py prune_audit --older-than 400d`: delete old entries of the audit trail."""

import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from users_service.journal.maintenance import prune
from users_service.journal.models import AuditEntry
from users_service.journal.operators import add_by_argument, operator


class Command(BaseCommand):
    """Delete the entries older than a date, in batches that leave an entry each."""

    help = "Delete audit entries older than a date; leaves an entry that says so."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --older-than, --dry-run and --by."""
        add_by_argument(parser)
        parser.add_argument(
            "--older-than",
            type=moment,
            required=True,
            metavar="2025-01-31|400d",
            help="a date (its midnight in UTC), or an age in days",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count or delete."""
        before: datetime = options["older_than"]
        if options["dry_run"]:
            number = AuditEntry.objects.before(before).count()
            told = "would be deleted"
        else:
            number = prune(actor=operator(options["by"]), before=before)
            told = "deleted"
        day = before.isoformat(" ", "minutes")
        self.stdout.write(f"{number} audit entries older than {day} {told}.")


def moment(text: str) -> datetime:
    """Return what `2025-01-31` or `400d` names; ArgumentTypeError for anything else.

    Something that is still to come is refused: it would take the whole trail.
    """
    now = timezone.now()
    try:
        if age := re.fullmatch(r"([0-9]{1,5})d", text):
            return now - timedelta(days=int(age[1]))
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError(
            f"{text} is neither a date such as 2025-01-31 nor an age such as 400d"
        ) from None
    if day > now:
        raise ArgumentTypeError(f"{text} is still to come")
    return day
