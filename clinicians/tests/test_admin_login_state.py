"""A clinician's page says whether they can log in, and what stands in the way."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from clinicians.admin.login_state import LoginState, login_state
from clinicians.models import Clinician
from clinicians.testing import logged_in, set_password, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

ADDRESS = "ada@example.com"
PASSWORD = "Correct horse 1"
NEVER = "No login is on record."


def ada(**changes: Any) -> None:
    settled(**{"uuid": "ada", "email_address": ADDRESS, **changes})
    if changes.get("email_address", ADDRESS):
        set_password(ADDRESS, PASSWORD)


def state() -> LoginState:
    return login_state(Clinician.objects.get(pk="ada"))


def test_nothing_stands_in_the_way() -> None:
    ada()
    assert state() == LoginState([], [NEVER])


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"login_active": False}, "The login is not active."),
        (
            {"contract_expiry_eod_date": "2024-05-03"},
            "The contract ended on 3 May 2024.",
        ),
    ],
)
def test_what_the_account_says(changes: dict[str, Any], obstacle: str) -> None:
    ada(**changes)
    assert state().obstacles == [obstacle]


def test_a_contract_holds_on_its_last_day() -> None:
    ada(contract_expiry_eod_date="2030-05-03")
    with time_machine.travel(datetime(2030, 5, 3, 23, 59, tzinfo=UTC), tick=False):
        assert state().obstacles == []
    with time_machine.travel(datetime(2030, 5, 4, tzinfo=UTC), tick=False):
        assert state().obstacles == ["The contract ended on 3 May 2030."]


def test_a_password_and_a_name_are_needed() -> None:
    ada(email_address=None)
    assert state().obstacles == [
        "There is no password yet.",
        "There is neither an e-mail address nor a badge number to log in with.",
    ]


def test_a_badge_number_of_two_logs_in_nobody() -> None:
    ada(send_entry_identifier="B-7")
    settled(uuid="bo", send_entry_identifier="B-7")
    assert state().remarks == [
        NEVER,
        "The badge number is somebody else's as well: only the e-mail address works.",
    ]
    Clinician.objects.filter(pk="ada").update(email_address=None)
    shared = "The badge number is somebody else's as well"
    assert state().obstacles == [f"{shared}: it does not log in this clinician."]


def test_state_of_a_badge_that_is_another_address_names_the_clash() -> None:
    ada(send_entry_identifier="Bo@Example.com")
    settled(uuid="bo", email_address="bo@example.com")
    clash = "The badge number is somebody else's e-mail address"
    assert state().remarks == [NEVER, f"{clash}: only the e-mail address works."]
    Clinician.objects.filter(pk="ada").update(email_address=None)
    assert state().obstacles == [f"{clash}: it does not log in this clinician."]


def test_state_of_an_address_that_is_another_badge_names_the_clash() -> None:
    ada()
    settled(uuid="bo", send_entry_identifier=ADDRESS)
    clash = "The e-mail address is somebody else's badge number"
    assert state() == LoginState([], [NEVER, f"{clash}: it logs in this clinician."])


def test_state_of_a_badge_that_is_the_own_address_names_no_clash() -> None:
    ada(send_entry_identifier=ADDRESS)
    assert state() == LoginState([], [NEVER])


def test_failures_are_counted_until_they_lock() -> None:
    with time_machine.travel(datetime(2030, 5, 3, 14, 2, tzinfo=UTC), tick=False):
        ada()
        for _ in range(9):
            logged_in(ADDRESS, "wrong")
        assert state() == LoginState([], [NEVER, "Failed logins in a row: 9."])
        logged_in(ADDRESS, "wrong")
        assert state() == LoginState(
            ["Locked until 14:03 (UTC) after 10 failed logins."], [NEVER]
        )


def test_the_last_login_is_told() -> None:
    with time_machine.travel(datetime(2030, 5, 3, 14, 2, tzinfo=UTC), tick=False):
        ada()
        assert logged_in(ADDRESS, PASSWORD).status_code == 200
        assert state().remarks == ["Last login: 3 May 2030, 14:02 (UTC)."]
