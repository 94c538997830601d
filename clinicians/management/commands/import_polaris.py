"""`manage.py import_polaris URL`: move over from a Polaris (DHOS) Users API."""

import json
import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from clinicians.transfer.checking import Checked, checked_batches
from clinicians.transfer.commands import SHOWN, ImportCommand
from clinicians.transfer.importing import MOST_REFUSED, Options
from clinicians.transfer.polaris.items import (
    Choices,
    Oddities,
    clashing_addresses,
    items,
    note_badges,
)
from clinicians.transfer.polaris.reconciling import (
    reconciliation,
    reconciliation_lines,
)
from clinicians.transfer.polaris.source import (
    PolarisSource,
    SourceError,
    opened_source,
)
from clinicians.transfer.polaris.verifying import Comparison, compare
from clinicians.transfer.progress import counted
from clinicians.transfer.sorting import OnConflict
from roles.models import Role
from users_service.api.fields import parse_timestamp

HELP = """Bring all clinicians over from the database of a Polaris (DHOS) Users API.

The source is read in one snapshot, and never written to. Ids, history, lists,
products, agreements and password hashes come along: people log in with the password
they have. All or nothing. What the source holds that the store would not take, such as
one address in two spellings, ends the import before anything is stored, with the ids
and the option that decides it.

Run it again for what changed meanwhile (--since): who changed in the source is made
what the source says, who changed in the store later stays. --verify compares instead.

URL is postgresql://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD; or set
POLARIS_DATABASE_URL. SELECT on all four tables is all that USER needs.
"""

EPILOG = """The whole way from rehearsal to switch-over: docs/migrating-from-polaris.md.

Examples:
  manage.py import_polaris postgresql://reader@polaris-db/users --dry-run
  manage.py import_polaris --map-role "GDM Midwife=GDM Clinician" --close-older
  manage.py import_polaris --since 2026-11-20T22:00:00
  manage.py import_polaris --verify --json
"""


class Command(ImportCommand):
    """Import from Polaris, or compare with it."""

    help = HELP
    epilog = EPILOG
    most_shown = MOST_REFUSED  # there is no report, and all have to be mended
    _reconciled: Callable[[], dict[str, Any]]

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the source, and what becomes of its oddities."""
        parser.add_argument("url", nargs="?", metavar="URL", help="the source")
        parser.add_argument(
            "--since",
            type=moment,
            metavar="2026-01-31T22:00",
            help="only who changed since then (UTC), products and agreements included",
        )
        parser.add_argument(
            "--verify", action="store_true", help="compare, and store nothing"
        )
        parser.add_argument(
            "--on-email-clash",
            choices=["blank-newer"],
            help="of clinicians whose addresses are the same once normalised, the one "
            "created first keeps it",
        )
        parser.add_argument(
            "--close-older",
            action="store_true",
            help="of several open products of one name the last opened stays open, the "
            "others close on the day it opened",
        )
        parser.add_argument(
            "--map-role",
            action="append",
            default=[],
            type=mapping,
            metavar="A=B",
            help="put into role B whom the source has in A; as often as needed",
        )
        parser.add_argument(
            "--drop-role",
            action="append",
            default=[],
            metavar="A",
            help="leave role A out; as often as needed",
        )
        parser.add_argument(
            "--skip-id",
            action="append",
            default=[],
            metavar="ID",
            help="leave this clinician out, with products and agreements; as often as "
            "needed",
        )
        parser.add_argument(
            "--drop-bad-ids",
            action="store_true",
            help="leave out locations and bookmarks whose ids no path can carry",
        )
        self.add_common_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import or compare; CommandError unless all is well in the end."""
        url = options["url"] or os.environ.get("POLARIS_DATABASE_URL")
        if not url:
            raise CommandError("Name the source: URL, or POLARIS_DATABASE_URL.")
        try:
            with opened_source(url) as source:
                choices = self._choices(source, options)
                if options["since"]:
                    if options["verify"]:
                        raise CommandError("--verify compares all: leave --since out.")
                    source.choose_since(options["since"])
                if options["verify"]:
                    self._verify(source, choices, options)
                else:
                    self._import(source, choices, options)
        except SourceError as error:
            raise CommandError(str(error)) from None

    def where(self, refused: Checked) -> str:
        """Return what names a refused clinician: its id."""
        return f"clinician {refused.given.value['uuid']}"

    def more(self) -> dict[str, Any]:
        """Return the reconciliation."""
        return self._reconciled()

    def tell_more(self) -> None:
        """Print the reconciliation."""
        for line in reconciliation_lines(self._reconciled()):
            self.stdout.write(line)

    def _choices(self, source: PolarisSource, options: dict[str, Any]) -> Choices:
        """Return what is decided about oddities; CommandError for one undecided."""
        roles = dict(options["map_role"]) | dict.fromkeys(options["drop_role"])
        known = set(Role.objects.recognised().values_list("name", flat=True))
        if wrong := sorted(to for to in roles.values() if to and to not in known):
            raise CommandError(f"--map-role: {wrong[0]} is not a role.")
        clashes = clashing_addresses(source)
        if clashes and not options["on_email_clash"]:
            self._refuse("have the same address", map(", ".join, clashes))
        twice = source.open_twice()
        if twice and not options["close_older"]:
            told = (f"{each.user_id} ({each.product_name})" for each in twice)
            self._refuse("has two open products of one name", told)
        if missing := source.missing(options["skip_id"]):
            raise CommandError(f"--skip-id: the source has no {missing[0]!a}.")
        newer = {each for clash in clashes for each in clash[1:]}
        return Choices(
            newer,
            close_older=options["close_older"],
            role_names=roles,
            skipped_ids=frozenset(options["skip_id"]),
            drop_bad_ids=options["drop_bad_ids"],
        )

    def _refuse(self, what: str, whom: Any) -> None:
        named = list(whom)
        for each in named[:SHOWN]:
            self.stderr.write(f"{each}: {what}")
        option = "--on-email-clash" if "address" in what else "--close-older"
        raise CommandError(
            f"{len(named)} such cases; nothing was stored. {option} decides them."
        )

    def _import(
        self, source: PolarisSource, choices: Choices, options: dict[str, Any]
    ) -> None:
        oddities = Oddities()
        note_badges(source, oddities)
        self._reconciled = lambda: reconciliation(source, oddities)
        how = Options(
            on_conflict=OnConflict.UPDATE,
            keep_newer=True,
            dry_run=options["dry_run"],
            keep_indexes=options["keep_indexes"],
            hold_rows=options["hold_rows"],
        )
        number = source.number()
        checked = checked_batches(items(source.people(), choices, oddities))
        self.store(counted(checked, number), how=how, options=options)

    def _verify(
        self, source: PolarisSource, choices: Choices, options: dict[str, Any]
    ) -> None:
        number = source.number()
        checked = checked_batches(items(source.people(), choices, Oddities()))
        found = compare(counted(checked, number))
        if options["json"]:
            self.stdout.write(json.dumps({"is_equal": found.is_equal, **asdict(found)}))
        else:
            self._tell_comparison(found)
        if not found.is_equal:
            raise CommandError("The store differs from the source.")

    def _tell_comparison(self, found: Comparison) -> None:
        for clinician_id, fields in list(found.different.items())[:SHOWN]:
            self.stderr.write(f"clinician {clinician_id}: {', '.join(fields)} differ")
        for clinician_id in found.missing[:SHOWN]:
            self.stderr.write(f"clinician {clinician_id}: missing in the store")
        for clinician_id in found.refused[:SHOWN]:
            self.stderr.write(f"clinician {clinician_id}: no import would take it")
        self.stdout.write(
            f"{found.compared} compared: {found.equal} equal, "
            f"{len(found.different)} different, {len(found.missing)} missing, "
            f"{len(found.refused)} not importable, {len(found.changed_since)} changed "
            f"in the store since; {found.only_here} in the store only."
        )


def moment(text: str) -> datetime:
    """Return the time that an ISO 8601 text names; ArgumentTypeError if none."""
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        raise ArgumentTypeError("write for example 2026-01-31T22:00") from None


def mapping(text: str) -> tuple[str, str]:
    """Return the two names of `A=B`; ArgumentTypeError for anything else."""
    name, separator, to = text.partition("=")
    if not (name and separator and to):
        raise ArgumentTypeError('write for example "GDM Midwife=GDM Clinician"')
    return name, to
