"""`manage.py events`: what waits for delivery, what failed; send messages again."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users_service.journal.models import DeliveryCounts, OutboxMessage
from users_service.journal.operators import add_by_argument, operator
from users_service.journal.outbox import (
    backlog,
    chosen_to_resend,
    resend,
    set_aside,
)
from users_service.journal.querysets import OutboxQuerySet

SHOWN = 20


class Command(BaseCommand):
    """Show the backlog and the failures; send messages again, or set them aside."""

    help = (
        "Show undelivered messages and failures; --resend sends messages again, "
        "--set-aside gives failed ones up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --resend, --resend-since, --set-aside, --dry-run and --by."""
        parser.add_argument(
            "--resend",
            nargs="+",
            type=int,
            default=[],
            metavar="ID",
            help="numbers of messages that are delivered, failed or set aside",
        )
        parser.add_argument(
            "--set-aside",
            nargs="+",
            type=int,
            default=[],
            metavar="ID",
            help="numbers of failed messages that are not to be delivered",
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
        """Show, send again or set aside.

        Raises CommandError, and changes nothing, if a number names no such message.
        """
        is_resend = options["resend"] or options["resend_since"] is not None
        if options["set_aside"] and is_resend:
            raise CommandError("Either send again or set aside, not both.")
        if options["set_aside"]:
            self._set_aside(options)
        elif is_resend:
            self._resend(options)
        else:
            self._show()

    def _resend(self, options: dict[str, Any]) -> None:
        sendable = chosen_to_resend(numbers=options["resend"])
        _check_numbers(options["resend"], sendable, "message to be sent again")
        chosen = {"numbers": options["resend"], "since": options["resend_since"]}
        if options["dry_run"]:
            number, told = chosen_to_resend(**chosen).count(), "would be"
        else:
            number, told = resend(actor=operator(options["by"]), **chosen), "will be"
        self.stdout.write(f"{number} messages {told} sent again.")

    def _set_aside(self, options: dict[str, Any]) -> None:
        numbers = options["set_aside"]
        failed = OutboxMessage.objects.filter(id__in=numbers).failed()
        _check_numbers(numbers, failed, "failed message")
        if options["dry_run"]:
            number, told = failed.count(), "would be"
        else:
            number = set_aside(actor=operator(options["by"]), numbers=numbers)
            told = "are"
        self.stdout.write(f"{number} messages {told} set aside.")

    def _show(self) -> None:
        waiting = backlog()
        self.stdout.write(f"Undelivered: {waiting.number}")
        if waiting.number > waiting.failed:
            self.stdout.write(f"The oldest waits for {waiting.age:.0f} s")
        counts = DeliveryCounts.objects.first() or DeliveryCounts()
        self.stdout.write(
            f"Published: {counts.published}, failed: {counts.failed}, "
            f"retried: {counts.retried}"
        )
        for each in OutboxMessage.objects.failed().order_by("id")[:SHOWN]:
            self.stdout.write(
                f"Failed: {each.pk} {each.routing_key} of "
                f"{each.created:%Y-%m-%d %H:%M:%S}, {each.error}"
            )
        refused = OutboxMessage.objects.undelivered().filter(failures__gt=0)
        for each in refused.order_by("id")[:SHOWN]:
            self.stdout.write(
                f"Refused {each.failures} times: {each.pk} {each.routing_key} of "
                f"{each.created:%Y-%m-%d %H:%M:%S}"
            )


def _check_numbers(numbers: list[int], found: OutboxQuerySet, what: str) -> None:
    known = found.values_list("id", flat=True)
    if unknown := sorted(set(numbers) - set(known)):
        names = ", ".join(map(str, unknown))
        raise CommandError(f"No {what} has the number {names}.")


def moment(text: str) -> datetime:
    """Return what an ISO 8601 date or time names; ArgumentTypeError if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("write for example 2026-01-31T09:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
