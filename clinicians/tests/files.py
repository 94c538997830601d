"""Files of clinicians, and the commands that read and write them, as tests run them."""

import json
from collections.abc import Iterable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from django.core.management import CommandError, call_command

from clinicians.management.commands import import_clinicians
from clinicians.testing import clinician_body, nothing_written, settled
from clinicians.tests.test_bulk import LEGACY_HASH, LEGACY_SALT
from clinicians.transfer.checking import checked_batches

PRODUCT = {"product_name": "GDM", "opened_date": "2024-01-31"}
LEGACY = {"password_hash": LEGACY_HASH, "password_salt": LEGACY_SALT}

EARLIER = "2019-01-01T00:00:00.000Z"
PAST = "2020-01-01T00:00:00.000Z"
"""When clinicians last changed who are `settled`."""

LATER = "2021-01-01T00:00:00.000Z"


class Told(NamedTuple):
    """What a command left behind: exit status, standard output and error."""

    status: int
    out: str
    err: str

    @property
    def both(self) -> str:
        """All that it printed."""
        return self.out + self.err

    @property
    def summary(self) -> dict[str, Any]:
        """The one line of JSON that it printed."""
        [line] = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    def counts(self) -> dict[str, int]:
        """Return the numbers of the summary that are not 0, items read apart."""
        return {
            name: value
            for name, value in self.summary.items()
            if name in COUNTS and value
        }


COUNTS = ("created", "updated", "unchanged", "skipped", "erased", "refused")


def run(command: str, *arguments: str) -> Told:
    """Run a command as from a shell."""
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command(command, *arguments, stdout=out, stderr=err)
    except CommandError as error:
        status = error.returncode
        err.write(f"CommandError: {error}\n")
    return Told(status, out.getvalue(), err.getvalue())


def imported(path: Path, *arguments: str) -> Told:
    """Import a file, with the summary in JSON."""
    return run("import_clinicians", str(path), "--json", *arguments)


def item(clinician_id: str = "ada", **changes: Any) -> dict[str, Any]:
    """Return a clinician as a file has one, with an address made of the id."""
    own = {"uuid": clinician_id, "email_address": f"{clinician_id}@mail.example"}
    return clinician_body(**{**own, "products": [dict(PRODUCT)], **changes})


def items(number: int, **changes: Any) -> list[dict[str, Any]]:
    """Return so many clinicians: c0, c1 and so on."""
    return [item(f"c{index}", **changes) for index in range(number)]


def ndjson(path: Path, each: Iterable[Any]) -> Path:
    """Write a file of one JSON value per line; text is written as it is."""
    lines = (value if isinstance(value, str) else json.dumps(value) for value in each)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def import_in_batches_of(size: int, patch: pytest.MonkeyPatch) -> None:
    """Let imports take so few items at a time that a short file is many batches."""
    small = partial(checked_batches, size=size)
    patch.setattr(import_clinicians, "checked_batches", small)


class Update(Protocol):
    """Updates the store by a file of items, as Jane."""

    def __call__(self, *each: dict[str, Any]) -> Told:
        """Return what the import told."""


def updating(folder: Path) -> Update:
    """Return what updates the store by files in a folder."""

    def update(*each: dict[str, Any]) -> Told:
        path = ndjson(folder / "file", each)
        return imported(path, "--on-conflict", "update", "--by", "jane")

    return update


def ada() -> dict[str, Any]:
    """Store Ada, who last changed in 2020; return her in full."""
    return settled(**changed())


def changed(**changes: Any) -> dict[str, Any]:
    """Return Ada as she is stored, with changes, as a file has her."""
    product = {"product_name": "GDM", "uuid": "P1", "opened_date": "2024-01-31"}
    return item(**{"products": [product], **changes})


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what is written to the standard output."""
    capsys.readouterr()
    with nothing_written():
        told = run("export_clinicians", *arguments)
    assert told == Told(0, "", "")
    out, err = capsys.readouterr()
    assert err == ""
    return out


def export_refused(*arguments: str) -> str:
    """Return why nothing is exported."""
    with nothing_written():
        told = run("export_clinicians", *arguments)
    assert told.status == 1
    assert told.out == ""
    [line] = told.err.splitlines()
    return line.removeprefix("CommandError: ")
