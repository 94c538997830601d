"""`manage.py export_clinicians`: write clinicians to a file."""

import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from clinicians import documents
from clinicians.documents import Wanted
from clinicians.filters import FILTER_NAMES, ClinicianFilter
from clinicians.forms import Form
from clinicians.models import Clinician
from clinicians.transfer.commands import LaidOutCommand
from clinicians.transfer.exporting import exported
from clinicians.transfer.reading import Format
from clinicians.transfer.record import whole_record
from users_service.exceptions import NotFound

HELP = """Write clinicians to a file that import_clinicians reads back.

All of them, in one snapshot of the store, or those that the filters let through; these
are the parameters of GET /dhos/v2/clinicians. Who lacks what a new clinician needs,
such as a product, is marked as_stored, and imported all the same.

With --id: everything that is held about one person, the audit trail, messages and
failed logins included, as JSON; with --format as well, that clinician alone, to be
imported.

The file holds personal data. One that this command makes, only its owner may read.
"""

EPILOG = """Examples:
  manage.py export_clinicians --format csv --output clinicians.csv
  manage.py export_clinicians --with-passwords | gzip > backup.ndjson.gz
  manage.py export_clinicians --product-name SEND --login-active true --temp-only true
  manage.py export_clinicians --id static_clinician_uuid_A
"""


class Command(LaidOutCommand):
    """Export clinicians."""

    help = HELP
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is written, where to, and who is in it."""
        parser.add_argument(
            "--format",
            choices=[each.value for each in Format],
            help="how; one object per line (ndjson) by default",
        )
        parser.add_argument(
            "--output",
            metavar="NEW_FILE",
            help="where to; the standard output by default",
        )
        parser.add_argument(
            "--with-passwords",
            action="store_true",
            help="with the hashes of passwords, without which nobody can log in again",
        )
        parser.add_argument("--id", metavar="ID", help="one clinician alone")
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many it would be"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print a summary as JSON to the standard error",
        )
        filters = parser.add_argument_group("filters, as those of the lists")
        for name in FILTER_NAMES:
            filters.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export; CommandError for a bad filter, an unknown id or an existing file."""
        if options["id"] and not options["format"]:
            number = 1
            self._write(iter([self._record(options)]), options)
        else:
            number = self._export(self._wanted(options), options)
        if options["json"]:
            summary = {"clinicians": number, "dry_run": options["dry_run"]}
            self.stderr.write(json.dumps(summary))
        elif options["dry_run"]:
            self.stderr.write(f"{number} clinicians would be written.")

    def _export(self, wanted: Wanted, options: dict[str, Any]) -> int:
        """Write the file; returns how many clinicians are in it."""
        if options["dry_run"]:
            return wanted.clinicians.count()
        form = Format(options["format"] or Format.NDJSON.value)
        # Beside a file only: on a terminal the clinicians themselves are shown.
        quiet = True if options["output"] is None and sys.stdout.isatty() else None
        # Closed, or its transaction would be open still when the connection is not.
        stream = closing(cast("Generator[str, None, None]", documents.stream(wanted)))
        with stream as items, tqdm(items, unit=" clinicians", disable=quiet) as bar:
            counted = Counted(bar)
            with_passwords = options["with_passwords"]
            self._write(exported(counted, form, with_passwords=with_passwords), options)
        return counted.number

    def _write(self, texts: Iterable[str], options: dict[str, Any]) -> None:
        if options["dry_run"]:
            return
        try:
            with _written(options["output"]) as file:
                file.writelines(texts)
        except OSError as error:
            where = f"{options['output'] or 'standard output'}: {error.strerror}"
            raise CommandError(where) from None

    def _record(self, options: dict[str, Any]) -> str:
        if options["with_passwords"]:
            raise CommandError("--with-passwords needs a --format.")
        try:
            return whole_record(options["id"]) + "\n"
        except NotFound as error:
            raise CommandError(error.message) from None

    def _wanted(self, options: dict[str, Any]) -> Wanted:
        given = {name: options[name] for name in FILTER_NAMES}
        filters = ClinicianFilter(given, queryset=Clinician.objects.all())
        if not filters.is_valid():
            name, messages = next(iter(filters.errors.items()))
            raise CommandError(f"--{name.replace('_', '-')}: {messages[0]}")
        clinicians = filters.clinicians
        if options["id"]:
            clinicians = clinicians.filter(pk=options["id"])
            if not clinicians.exists():
                raise CommandError(f"No user found with UUID {options['id']}")
        form = Form.BACKUP if options["with_passwords"] else Form.EXPORT
        return Wanted(form, clinicians, filters.ordering)


class Counted:
    """Counts what passes through it."""

    def __init__(self, items: Iterable[str]) -> None:
        self._items = items
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the items."""
        for item in self._items:
            self.number += 1
            yield item


@contextmanager
def _written(path: str | None) -> Iterator[IO[str]]:
    """Give the file to write to, made anew for its owner alone."""
    if path is None:
        yield sys.stdout
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file
