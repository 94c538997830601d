"""An address changes hands, in a file that updates the store."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinicians.models import Clinician
from clinicians.testing import clinician_body, created, nothing_written

pytestmark = pytest.mark.django_db

ADA, GRACE = "ada@example.org", "grace@example.org"


@pytest.fixture(autouse=True)
def _both() -> None:
    created(uuid="ada", email_address=ADA)
    created(uuid="grace", email_address=GRACE)


def update(tmp_path: Path, *items: dict[str, Any]) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps([clinician_body(**each) for each in items]))
    call_command("import_clinicians", str(file), "--on-conflict", "update")


def addresses() -> dict[str, str | None]:
    return dict(Clinician.objects.values_list("pk", "email_address"))


@pytest.mark.parametrize("order", [1, -1])
def test_two_exchange_theirs(tmp_path: Path, order: int) -> None:
    items = [
        {"uuid": "ada", "email_address": GRACE},
        {"uuid": "grace", "email_address": ADA},
    ]
    update(tmp_path, *items[::order])

    assert addresses() == {"ada": GRACE, "grace": ADA}


@pytest.mark.parametrize("order", [1, -1])
def test_one_gets_what_another_gives_up(tmp_path: Path, order: int) -> None:
    items: list[dict[str, Any]] = [
        {"uuid": "ada", "email_address": GRACE},
        {"uuid": "grace", "email_address": None},
        {"uuid": "joan", "email_address": ADA},
    ]
    update(tmp_path, *items[::order])

    assert addresses() == {"ada": GRACE, "grace": None, "joan": ADA}


def test_one_that_its_owner_keeps_is_refused(tmp_path: Path) -> None:
    with nothing_written(), pytest.raises(CommandError, match="1 refused"):
        update(
            tmp_path,
            {"uuid": "ada", "email_address": GRACE},
            {"uuid": "grace", "job_title": "nurse"},  # of the address it says nothing
        )


def test_one_whose_owner_is_refused_is_not_free(tmp_path: Path) -> None:
    with nothing_written(), pytest.raises(CommandError, match="2 refused"):
        update(
            tmp_path,
            {"uuid": "ada", "email_address": GRACE},
            {"uuid": "grace", "email_address": None, "job_title": None},
        )


def test_one_whose_owner_is_refused_for_another_key_is_not_free(tmp_path: Path) -> None:
    """The good ones go in all the same, in an import that keeps going."""
    created(uuid="cyd", products=[{"product_name": "GDM", "uuid": "P1"}])
    items = [
        clinician_body(
            uuid="ada",
            email_address="new@example.org",
            products=[{"product_name": "GDM", "uuid": "P1"}],
        ),
        clinician_body(uuid="grace", email_address=ADA),
        clinician_body(uuid="dot", email_address=None),
    ]
    file = tmp_path / "file.json"
    file.write_text(json.dumps(items))
    how = ("--on-conflict", "update", "--continue-on-error")
    with pytest.raises(CommandError, match="2 refused; the others are stored"):
        call_command("import_clinicians", str(file), *how)

    assert addresses() == {"ada": ADA, "grace": GRACE, "cyd": None, "dot": None}
