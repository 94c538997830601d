"""`manage.py erase_clinician`: what it says, and what it does not."""

import getpass
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinicians.models import Clinician
from clinicians.testing import logged_in, nothing_written, set_password, settled
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

ADDRESS = "ada@mail.example"
COUNTS = """\
     7 fields emptied
     1 password hashes deleted
     3 roles, locations and bookmarks taken away
     1 products closed, or rid of the reason for closing them
     0 unrecognised roles deleted that nobody else has
     1 records of failed logins deleted
     1 stored messages deleted
     2 audit entries blanked
"""


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("erase_clinician", *arguments, stdout=out)
    return out.getvalue()


def ada() -> None:
    settled(uuid="ada", email_address=ADDRESS, bookmarks=["B1"])
    set_password(ADDRESS, "correct horse")
    assert logged_in(ADDRESS, "wrong").status_code == 403


def actor() -> tuple[str, str]:
    entry = AuditEntry.objects.get(action="clinician.erased")
    return entry.actor, entry.actor_kind


def test_it_erases_and_says_how_much() -> None:
    ada()
    assert run("ada", "--by", "jane") == "Clinician ada is erased:\n" + COUNTS
    assert actor() == ("jane", "operator")
    assert Clinician.objects.get().email_address is None


def test_the_operator_is_the_systems_user_unless_named() -> None:
    ada()
    run("ada")
    assert actor() == (getpass.getuser(), "operator")


def test_a_rehearsal_says_as_much_and_writes_nothing() -> None:
    ada()
    with nothing_written():
        told = run("ada", "--by", "jane", "--dry-run")
    assert told == "Clinician ada would be erased:\n" + COUNTS


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_a_second_time_it_says_that_nothing_is_left(arguments: list[str]) -> None:
    ada()
    run("ada")
    with nothing_written():
        told = run("ada", *arguments)
    assert told == "Clinician ada: nothing is left to erase.\n"


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_it_fails_for_an_unknown_clinician(arguments: list[str]) -> None:
    ada()
    with (
        nothing_written(),
        pytest.raises(CommandError, match=r"There is no clinician nobody\.") as caught,
    ):
        run("nobody", *arguments)
    assert caught.value.returncode == 1
