"""`manage.py import_clinicians FILE|-`: move many clinicians in."""

from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandError, CommandParser

from clinicians.transfer.ahead import ahead
from clinicians.transfer.checking import checked_batches
from clinicians.transfer.commands import ImportCommand
from clinicians.transfer.importing import Options
from clinicians.transfer.progress import Source, opened, shown
from clinicians.transfer.reading import Format, read_items
from clinicians.transfer.reports import Report
from clinicians.transfer.sorting import OnConflict

HELP = """Move clinicians in from a file.

FILE is a JSON array, NDJSON (one object per line) or CSV, in UTF-8, plain or gzipped;
which of them is recognised. `-` reads the standard input. An object has the fields of
POST /dhos/v1/clinician/bulk, by the same rules; without `uuid` it gets an id that is
made of its content. The columns of a CSV file: docs/importing.md.

All or nothing: one bad item, and nothing is stored. With --continue-on-error the good
ones are stored, in batches of 2,000, and the bad ones can be written to a report, be
mended there, and fed back. Ctrl-C or a crash leaves nothing, or whole batches.

Nothing is announced to other services. Each clinician has an entry in the audit trail.
"""

EPILOG = """Exit status: 0 if everything went in, 1 if anything did not.

Examples:
  manage.py import_clinicians clinicians.csv --dry-run
  manage.py import_clinicians clinicians.ndjson.gz
  manage.py import_clinicians clinicians.csv --continue-on-error --report refused.csv
  zcat export.gz | manage.py import_clinicians - --on-conflict update --json
"""


class Command(ImportCommand):
    """Import a file."""

    help = HELP
    epilog = EPILOG
    if_too_many = (
        "--continue-on-error stores them in batches, --hold-rows in one transaction."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare FILE and how it is imported."""
        parser.add_argument("file", metavar="FILE", help="the file, - for stdin")
        parser.add_argument(
            "--format",
            choices=[each.value for each in Format],
            help="what FILE is, should it not be recognised",
        )
        parser.add_argument(
            "--on-conflict",
            choices=[each.value for each in OnConflict],
            default=OnConflict.FAIL.value,
            help="what becomes of an item whose id is in the store: it is refused "
            "(fail, the default), left as it is (skip), or made what the item says, "
            "field by field and list by list (update)",
        )
        parser.add_argument(
            "--continue-on-error",
            action="store_true",
            help="store the good items in batches, refuse the bad ones",
        )
        parser.add_argument(
            "--report",
            metavar="NEW_FILE",
            help="write line, field and message of all that is refused there",
        )
        parser.add_argument(
            "--with-values",
            action="store_true",
            help="name values in messages, and put whole items into the report, to "
            "be mended and fed back: it then holds personal data",
        )
        self.add_common_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import; CommandError unless everything went in."""
        try:
            with opened(options["file"]) as source:
                self._import(source, options)
        except OSError as error:
            where = error.filename or options["file"]
            raise CommandError(f"{where}: {error.strerror}") from None

    def _import(self, source: Source, options: dict[str, Any]) -> None:
        how = Options(
            on_conflict=OnConflict(options["on_conflict"]),
            keep_going=options["continue_on_error"],
            dry_run=options["dry_run"],
            keep_indexes=options["keep_indexes"],
            hold_rows=options["hold_rows"],
        )
        path, with_values = options["report"], options["with_values"]
        report = Report(path, with_values=with_values) if path else None
        form = Format(options["format"]) if options["format"] else None
        checked = checked_batches(read_items(source.file, form))
        with ahead(checked) if source.is_large else nullcontext(checked) as batches:
            self.store(shown(batches, source), how=how, options=options, report=report)
