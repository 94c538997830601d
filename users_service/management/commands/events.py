"""`manage.py events`: what waits for delivery, what failed; send messages again."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.journal.operators import add_by_argument, operator
from users_service.journal.outbox import backlog, chosen_to_resend, resend

SHOWN = 20


class Command(BaseCommand):
    """Show the backlog and the failures, or have chosen messages sent again."""

    help = "Show undelivered messages and failures; --resend sends messages again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --resend, --resend-since, --dry-run and --by."""
        parser.add_argument(
            "--resend",
            nargs="+",
            type=int,
            default=[],
            metavar="ID",
            help="numbers of delivered messages (the admin shows them)",
        )
        parser.add_argument(
            "--resend-since",
            type=moment,
            metavar="2026-01-31T09:00",
            help="what was delivered from then on; UTC unless it has an offset",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count them")
        add_by_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Show, or send again.

        Raises CommandError, and sends nothing, if a number names no delivered message.
        """
        if not options["resend"] and options["resend_since"] is None:
            self._show()
            return
        self._check_numbers(options["resend"])
        chosen = {"numbers": options["resend"], "since": options["resend_since"]}
        if options["dry_run"]:
            number, told = chosen_to_resend(**chosen).count(), "would be"
        else:
            number, told = resend(actor=operator(options["by"]), **chosen), "will be"
        self.stdout.write(f"{number} messages {told} sent again.")

    def _check_numbers(self, numbers: list[int]) -> None:
        known = chosen_to_resend(numbers=numbers).values_list("id", flat=True)
        if unknown := sorted(set(numbers) - set(known)):
            names = ", ".join(map(str, unknown))
            raise CommandError(f"No delivered message has the number {names}.")

    def _show(self) -> None:
        waiting = backlog()
        self.stdout.write(f"Undelivered: {waiting.number}")
        if waiting.number:
            self.stdout.write(f"The oldest waits for {waiting.age:.0f} s")
        counts = DeliveryCounts.objects.first() or DeliveryCounts()
        self.stdout.write(
            f"Published: {counts.published}, failed: {counts.failed}, "
            f"retried: {counts.retried}"
        )
        refused = OutboxMessage.objects.undelivered().filter(failures__gt=0)
        for each in refused.order_by("id")[:SHOWN]:
            self.stdout.write(
                f"Refused {each.failures} times: {each.pk} {each.routing_key} of "
                f"{each.created:%Y-%m-%d %H:%M:%S}"
            )


def moment(text: str) -> datetime:
    """Return what an ISO 8601 date or time names; ArgumentTypeError if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("write for example 2026-01-31T09:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
