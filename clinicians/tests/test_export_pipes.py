"""Exports into a pipe, as in `export_clinicians | head`."""

from pathlib import Path

import pytest
from django.core.management import call_command

from clinicians.tests.commanded import Store, ended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(transactional_db: None, tmp_path: Path) -> Store:
    """More clinicians than a pipe holds."""
    call_command("create_demo_clinicians", "--number", "300", verbosity=0)
    return Store(tmp_path)


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_an_export_whose_reader_leaves_ends_quietly(store: Store, form: str) -> None:
    process = store.start("export_clinicians", "--format", form)
    assert process.stdout is not None
    assert process.stderr is not None
    assert "uuid" in process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 1
    assert err == "CommandError: standard output: Broken pipe\n"


def test_an_import_reads_what_an_export_writes(store: Store) -> None:
    one = store.start("export_clinicians", "--with-passwords")
    assert one.stdout is not None
    assert one.stderr is not None
    how = ("-", "--on-conflict", "update")
    other = store.start("import_clinicians", *how, stdin=one.stdout)
    one.stdout.close()
    status, out, err = ended(other)

    assert (status, err, one.stderr.read()) == (0, "", "")
    one.stderr.close()
    assert one.wait(timeout=60) == 0
    assert " 300 unchanged," in out
