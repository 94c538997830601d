"""`manage.py export_clinicians`: one person, and what nobody is told."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password

from clinicians.models import Clinician
from clinicians.testing import (
    announced,
    clinician_body,
    created,
    logged_in,
    recorded,
    set_password,
    settled,
)
from clinicians.tests.files import LEGACY, export_refused, exported
from clinicians.tests.test_bulk import LEGACY_HASH, LEGACY_SALT, moved_in, shown
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

FORMATS = ["ndjson", "json", "csv"]


def ada() -> None:
    """Store Ada, whom the journal tells of as well."""
    created(uuid="ada", email_address="ada@mail.example", analytics_consent=True)
    set_password("ada@mail.example", "correct horse")
    assert logged_in("ada@mail.example", "wrong").status_code == 403
    created(uuid="zoe", email_address="zoe@mail.example")


def test_all_that_is_held_about_one(capsys: pytest.CaptureFixture[str]) -> None:
    ada()
    record = json.loads(exported(capsys, "--id", "ada"))

    assert list(record) == ["clinician", "audit", "events", "failed_logins"]
    [line] = exported(capsys, "--id", "ada", "--format", "ndjson").splitlines()
    assert record["clinician"] == json.loads(line)
    about = [entry for entry in recorded() if entry[1] == "ada"]
    told = [(each["action"], "ada", each["changes"]) for each in record["audit"]]
    assert told == about != []
    assert sorted(record["audit"][0]) == sorted(
        ["created", "actor", "actor_kind", "request_id", "action", "changes"]
    )
    bodies = [json.loads(each["body"]) for each in record["events"]]
    assert bodies
    assert "zoe" not in json.dumps(record)
    [guard] = record["failed_logins"]
    assert guard["failures"] == 1


def test_of_one_who_is_gone_the_journal_tells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada()
    Clinician.objects.filter(pk="ada").delete()
    record = json.loads(exported(capsys, "--id", "ada"))

    assert (record["clinician"], record["failed_logins"]) == (None, [])
    assert len(record["audit"]) == AuditEntry.objects.about("ada").count() > 0
    assert announced()


@pytest.mark.parametrize("how", [[], *(["--format", form] for form in FORMATS)])
def test_one_who_is_unknown(tmp_path: Path, how: list[str]) -> None:
    ada()
    path = tmp_path / "export"
    told = export_refused("--id", "nobody", *how, "--output", str(path))
    assert told == "No user found with UUID nobody"
    assert not path.exists()


def test_one_in_a_format_is_that_clinician_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada()
    [one] = json.loads(exported(capsys, "--id", "ada", "--format", "json"))
    assert one["uuid"] == shown("ada")["uuid"] == "ada"
    told = export_refused("--id", "ada", "--format", "json", "--login-active", "false")
    assert told == "No user found with UUID ada"


# -- Secrets ---------------------------------------------------------------------------


@pytest.fixture
def secrets(db: None) -> list[str]:
    """What nobody may read who does not ask for it."""
    encoded = make_password("correct horse")
    moved_in(clinician_body(uuid="legacy", **LEGACY))
    settled(uuid="argon2")
    Clinician.objects.filter(pk="argon2").update(password=encoded)
    digest, salt = encoded.split("$")[:-3:-1]
    return [LEGACY_HASH, LEGACY_SALT, encoded, digest, salt]


OPEN: list[list[str]] = [
    *(["--format", form] for form in FORMATS),
    *(["--format", form, "--id", "legacy"] for form in FORMATS),
    ["--id", "legacy"],
    ["--id", "argon2"],
]


@pytest.mark.parametrize("how", OPEN)
def test_passwords_are_in_none_of_them(
    capsys: pytest.CaptureFixture[str], secrets: list[str], how: list[str]
) -> None:
    text = exported(capsys, *how)
    assert text
    assert not [secret for secret in secrets if secret in text]
    assert "polaris_scrypt" not in text
    assert "argon2$" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_passwords_are_in_it_when_asked_for(
    capsys: pytest.CaptureFixture[str], secrets: list[str], form: str
) -> None:
    text = exported(capsys, "--format", form, "--with-passwords")
    assert not [secret for secret in secrets if secret not in text]


def test_a_whole_record_has_no_passwords(capsys: pytest.CaptureFixture[str]) -> None:
    ada()
    told = export_refused("--id", "ada", "--with-passwords")
    assert told == "--with-passwords needs a --format."
