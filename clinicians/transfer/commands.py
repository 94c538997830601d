"""What the commands that move clinicians in have in common."""

import gc
import json
import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from clinicians.transfer.ahead import PreparerDied
from clinicians.transfer.checking import Checked
from clinicians.transfer.empty_store import filled_tables
from clinicians.transfer.faults import Fault, Unreadable
from clinicians.transfer.importing import (
    MAX_CHANGED,
    Contradicted,
    Import,
    Options,
    TooManyChanged,
)
from clinicians.transfer.reports import Report
from clinicians.transfer.sorting import OnConflict
from roles.callers import Caller, operator_caller
from users_service.journal.operators import add_by_argument, operator

SHOWN = 20
"""So many faults are printed; a report has all of them."""

ANALYSED_FROM = 1000
"""So many new clinicians are worth counting the tables anew."""


class LaidOutCommand(BaseCommand):
    """A command whose help is laid out already, and ends with an epilog."""

    epilog = ""

    def create_parser(self, *arguments: Any, **options: Any) -> CommandParser:
        """Return the parser."""
        return super().create_parser(
            *arguments,
            formatter_class=RawDescriptionHelpFormatter,
            epilog=self.epilog,
            **options,
        )


class ImportCommand(LaidOutCommand):
    """A command that stores many clinicians."""

    most_shown = SHOWN
    if_too_many = "--hold-rows holds them all the same."
    """What to do about more than MAX_CHANGED clinicians that change."""

    def where(self, refused: Checked) -> str:
        """Return how a refused item is called."""
        return f"line {refused.line}"

    def more(self) -> dict[str, Any]:
        """Return what else the summary says, in the end."""
        return {}

    def tell_more(self) -> None:
        """Print that for people."""

    def add_common_arguments(self, parser: CommandParser) -> None:
        """Declare --dry-run, --json, --keep-indexes, --hold-rows and --by."""
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do everything but store: check the items, and against the store",
        )
        parser.add_argument(
            "--keep-indexes",
            action="store_true",
            help="do not take an empty store for oneself: by default its indexes are "
            "dropped and built again, and the API waits meanwhile",
        )
        parser.add_argument(
            "--hold-rows",
            action="store_true",
            help=f"change more than {MAX_CHANGED:,} stored clinicians at once: others "
            "cannot change them for as long as that takes",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the summary as JSON"
        )
        add_by_argument(parser)

    def actor(self, options: dict[str, Any]) -> Caller:
        """Return who is recorded as the importer."""
        return operator_caller(operator(options["by"]).id)

    def store(
        self,
        batches: Iterable[list[Checked]],
        *,
        how: Options,
        options: dict[str, Any],
        report: Report | None = None,
    ) -> None:
        """Store the batches and print the summary; CommandError unless all went in."""
        faults: list[tuple[str, Fault]] = []

        def refused(item: Checked, found: list[Fault]) -> None:
            where = self.where(item)
            left = self.most_shown - len(faults)
            faults.extend((where, each) for each in found[:left])
            if report is not None:
                report.add(item, found)

        one = Import(actor=self.actor(options), options=how, on_refused=refused)
        started = time.monotonic()
        with closing(report) if report else nullcontext(), _seldom_collected():
            trouble = self._run(one, batches)
        if one.summary.created >= ANALYSED_FROM and not how.dry_run:
            _analyse()
        seconds = round(time.monotonic() - started, 1)
        self._tell(one, faults, trouble, seconds, options)

    def _run(self, one: Import, batches: Iterable[list[Checked]]) -> str:
        """Run the import; returns why it ended early, "" if it did not."""
        stores_batches = one.options.keep_going and not one.options.dry_run
        kept = "Whole batches are stored." if stores_batches else "Nothing was stored."
        try:
            one.run(batches)
        except (PreparerDied, Unreadable) as error:
            return f"{error} {kept}"
        except TooManyChanged as error:
            return f"{error} {kept} {self.if_too_many}"
        except Contradicted:
            return (
                "The store was changed meanwhile, in a way that contradicts the file. "
                f"{kept} Run it again."
            )
        except DatabaseError as error:
            cause = type(error.__cause__ or error).__name__
            return f"The database refused ({cause}). {kept}"
        except KeyboardInterrupt:
            return f"Interrupted. {kept}"
        return ""

    def _tell(
        self,
        one: Import,
        faults: list[tuple[str, Fault]],
        trouble: str,
        seconds: float,
        options: dict[str, Any],
    ) -> None:
        with_values = options.get("with_values", False)
        for where, fault in faults:
            told = fault.as_text(with_values=with_values)
            self.stderr.write(f"{where}: {told}")
        counts = dict(vars(one.summary))
        is_complete = not (trouble or one.summary.refused)
        if options["json"]:
            named = [each.as_json(with_values=with_values) for _, each in faults]
            more = {"faults": named, "trouble": trouble or None, "seconds": seconds}
            if one.options.on_conflict is OnConflict.UPDATE:
                more["rows_held_seconds"] = round(one.rows_held_seconds, 1)
            more |= self.more()
            how = {"complete": is_complete, "dry_run": one.options.dry_run}
            self.stdout.write(json.dumps({**how, **counts, **more}))
        else:
            self._tell_people(one, counts, seconds)
        if not is_complete:
            raise CommandError(trouble or self._refusal(one))

    def _tell_people(self, one: Import, counts: dict[str, Any], seconds: float) -> None:
        roles = counts.pop("unknown_roles")
        read = counts.pop("read")
        parts = ", ".join(f"{number} {name}" for name, number in counts.items())
        self.stdout.write(f"{read} read in {seconds} s: {parts}.")
        for name, number in sorted(roles.items()):
            self.stdout.write(f"Not a role, kept as a name: {name} ({number})")
        if held := one.rows_held_seconds:
            told = f"Rows of existing clinicians were held for {held:.1f} s."
            self.stdout.write(told)
        self.tell_more()
        if one.options.dry_run:
            self.stdout.write("This was a dry run: nothing was stored.")

    def _refusal(self, one: Import) -> str:
        refused = f"{one.summary.refused} refused"
        if one.options.dry_run:
            return f"{refused}."
        if one.options.keep_going:
            return f"{refused}; the others are stored."
        return f"{refused}; nothing was stored."


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for garbage in cycles seldom: millions of objects come, and none is in one.

    The collector would take a third of the time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _analyse() -> None:
    """Have the planner count the tables that have just grown."""
    if connection.vendor == "postgresql":
        tables = ", ".join(model._meta.db_table for model in filled_tables())
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")
