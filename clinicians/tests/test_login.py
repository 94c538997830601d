"""Logging in: who is found, and what is answered and announced."""

import base64
import json
from typing import Any

import pytest
import time_machine

from clinicians.testing import (
    Api,
    announced,
    created,
    forget_the_trail,
    json_of,
    logged_in,
    problem_of,
    set_password,
    stored,
)
from users_service.journal.audit import keyed_hash
from users_service.journal.models import AuditEntry, OutboxMessage

pytestmark = pytest.mark.django_db

AUDIT = "dhos.34837004"
LOGIN = "/dhos/v1/clinician/login"
PASSWORD = "Pass@word1!"
ADDRESS = "ada@example.org"
UNKNOWN = "Authentication failed, invalid username"


def somebody(**changes: Any) -> str:
    """Create a clinician with a password; returns the id. The outbox is empty then."""
    body = created(
        **{"email_address": ADDRESS, "send_entry_identifier": "Ab1"} | changes
    )
    if body["email_address"]:
        set_password(body["email_address"], PASSWORD)
    OutboxMessage.objects.all().delete()
    uuid: str = body["uuid"]
    return uuid


def failure(**data: Any) -> tuple[str, Any]:
    return AUDIT, {"event_type": "Login Failure", "event_data": data}


@pytest.mark.parametrize(
    "username", [ADDRESS, "ADA@Example.ORG", f"  {ADDRESS}\t", "Ab1"]
)
def test_by_address_or_badge(username: str) -> None:
    uuid = somebody()
    response = logged_in(username, PASSWORD)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert json_of(response)["user_id"] == uuid


def test_success_is_announced() -> None:
    uuid = somebody()
    logged_in(ADDRESS, PASSWORD)
    event = {"event_type": "Login Success", "event_data": {"clinician_id": uuid}}
    assert announced() == [(AUDIT, event)]


@pytest.mark.parametrize(
    "username",
    ["ab1", " Ab1", "Ab1 ", "nobody@example.org", "Ab", "%", "😀", "x" * 1000, " "],
)
def test_unknown_user(username: str) -> None:
    somebody()
    response = logged_in(username, PASSWORD)
    assert response.status_code == 403
    assert announced() == [failure(username=username, reason=UNKNOWN)]


def test_a_username_that_nobody_can_have_is_no_login() -> None:
    somebody()
    response = logged_in("x" * 1001, PASSWORD)
    message = "The username has more than 1000 characters."
    assert problem_of(response) == (400, {"UserAuthorization": [message]})
    assert announced() == []


def test_no_badge_is_nobodys_name() -> None:
    somebody(send_entry_identifier="")
    assert logged_in("", PASSWORD).status_code == 403


@pytest.mark.parametrize(
    "other",
    [
        {"send_entry_identifier": "Ab1", "email_address": "other@example.org"},
        {"send_entry_identifier": "Ab1", "email_address": None, "login_active": False},
    ],
)
def test_a_badge_of_two_is_ambiguous(other: dict[str, Any]) -> None:
    somebody()
    somebody(**other)
    assert logged_in("Ab1", PASSWORD).status_code == 403
    assert announced() == [failure(username="Ab1", reason=UNKNOWN)]
    assert logged_in(ADDRESS, PASSWORD).status_code == 200


@pytest.mark.parametrize("badge", [ADDRESS, ADDRESS.upper(), f" {ADDRESS}"])
def test_login_by_an_address_that_is_another_clinicians_badge_finds_the_address(
    badge: str,
) -> None:
    uuid = somebody()
    for number in range(3):
        stored(f"other {number}", send_entry_identifier=badge)
    for username in (ADDRESS, badge):
        answer = logged_in(username, PASSWORD)
        assert (answer.status_code, json_of(answer)["user_id"]) == (200, uuid)


def test_login_by_a_badge_that_is_another_clinicians_address_is_refused() -> None:
    stored("other", email_address="b7@example.org")
    uuid = somebody(send_entry_identifier="b7@example.org")
    assert logged_in("b7@example.org", PASSWORD).status_code == 403
    assert announced() == [failure(clinician_id="other", reason="Invalid password")]
    answer = logged_in(ADDRESS, PASSWORD)
    assert (answer.status_code, json_of(answer)["user_id"]) == (200, uuid)


def test_ones_own_badge_may_be_ones_address() -> None:
    somebody(send_entry_identifier=ADDRESS)
    assert logged_in(ADDRESS, PASSWORD).status_code == 200


def test_disabled_account() -> None:
    uuid = somebody(login_active=False, contract_expiry_eod_date="2001-01-01")
    for password in (PASSWORD, "wrong"):
        assert logged_in(ADDRESS, password).status_code == 403
    expected = failure(clinician_id=uuid, reason="Account is disabled")
    assert announced() == [expected, expected]


@pytest.mark.parametrize(
    "password", ["wrong", "pass@word1!", "Pass@word1! ", "Pass@word1", "x" * 1025]
)
def test_wrong_password(password: str) -> None:
    uuid = somebody()
    assert logged_in(ADDRESS, password).status_code == 403
    assert announced() == [failure(clinician_id=uuid, reason="Invalid password")]


def test_no_password_set() -> None:
    uuid = created(email_address=ADDRESS)["uuid"]
    OutboxMessage.objects.all().delete()
    assert logged_in(ADDRESS, PASSWORD).status_code == 403
    assert announced() == [failure(clinician_id=uuid, reason="Invalid password")]


@pytest.mark.parametrize("username", [ADDRESS, "", "nobody"])
def test_empty_password_is_no_attempt(username: str) -> None:
    somebody()
    assert logged_in(username, "").status_code == 403
    assert announced() == []


def test_empty_username_is_no_attempt() -> None:
    somebody()
    assert logged_in("", PASSWORD).status_code == 403
    assert announced() == []


def test_password_begins_after_the_first_colon() -> None:
    somebody()
    for password in (":", "a:b::c", ":x"):
        set_password(ADDRESS, password)
        assert logged_in(ADDRESS, password).status_code == 200


@pytest.mark.parametrize("password", ["pässwörd", "😀", " ", "x" * 1024, "\x7f\x01"])
def test_any_password_that_can_be_set(password: str) -> None:
    somebody()
    set_password(ADDRESS, password)
    assert logged_in(ADDRESS, password).status_code == 200


def test_the_trail_has_each_attempt() -> None:
    uuid = somebody()
    forget_the_trail()
    for username, password in [(ADDRESS, PASSWORD), (ADDRESS, "x"), ("nobody", "x")]:
        logged_in(username, password)
    entries = AuditEntry.objects.order_by("id").values_list(
        "actor", "action", "clinician_id", "changes"
    )
    assert list(entries) == [
        ("dhos-robot", "login.succeeded", uuid, {}),
        ("dhos-robot", "login.failed", uuid, {"reason": "Invalid password"}),
        (
            "dhos-robot",
            "login.failed",
            None,
            {"reason": UNKNOWN, "username_hash": keyed_hash("nobody")},
        ),
    ]


def test_messages_carry_the_requests_id() -> None:
    somebody()
    encoded = base64.b64encode(f"{ADDRESS}:x".encode()).decode()
    header = {"UserAuthorization": f"Bearer {encoded}", "X_Request_ID": "request-7"}
    Api().get(LOGIN, **header)
    assert OutboxMessage.objects.get().correlation_id == "request-7"


def test_every_refusal_is_the_same_bytes() -> None:
    somebody()
    disabled = {"email_address": "off@example.org", "send_entry_identifier": "off"}
    somebody(**disabled, login_active=False)
    expired = {"email_address": "old@example.org", "send_entry_identifier": "old"}
    somebody(**expired, contract_expiry_eod_date="2001-01-01")
    created(email_address="none@example.org")
    for uuid in ("1", "2"):
        stored(uuid, send_entry_identifier="twice")
    answers = [
        logged_in(username, password)
        for username, password in [
            ("nobody", PASSWORD),
            ("twice", PASSWORD),
            (ADDRESS, "wrong"),
            (ADDRESS, ""),
            (ADDRESS, "x" * 2000),
            ("", PASSWORD),
            ("", ""),
            ("off", PASSWORD),
            ("old", PASSWORD),
            ("old", PASSWORD),
            ("none@example.org", PASSWORD),
        ]
    ]
    answers += [
        Api().get(LOGIN, UserAuthorization=header)
        for header in ("Basic eDp5", "Bearer ", "")
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    names = {tuple(sorted(answer.headers.keys())) for answer in answers}
    assert len(names) == 1
    assert json.loads(answers[0].content)["message"] == "Forbidden"


def test_on_the_last_day_login_works() -> None:
    somebody(contract_expiry_eod_date="2030-06-30")
    for moment in ("2030-06-30T00:00:00Z", "2030-06-30T23:59:59.999Z"):
        with time_machine.travel(moment, tick=False):
            assert logged_in(ADDRESS, PASSWORD).status_code == 200


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_the_day_after_the_account_is_closed(password: str) -> None:
    uuid = somebody(contract_expiry_eod_date="2030-06-30")

    with time_machine.travel("2030-07-01T00:00:00Z", tick=False):
        first = logged_in(ADDRESS, password)
        second = logged_in(ADDRESS, PASSWORD)

    assert (first.status_code, second.status_code) == (403, 403)
    messages = announced()
    assert [key for key, _ in messages] == ["dhos.D9000002", AUDIT, AUDIT]
    updated = messages[0][1]
    assert updated["uuid"] == uuid
    assert updated["login_active"] is False
    assert updated["contract_expiry_eod_date"] == "2030-06-30"
    assert updated["modified"] == "2030-07-01T00:00:00.000000+00:00"
    assert updated["modified_by"] == "dhos-robot"
    assert messages[1:] == [
        failure(
            clinician_id=uuid,
            contract_expiry_eod_date="2030-06-30",
            reason="Login expired",
        ),
        failure(clinician_id=uuid, reason="Account is disabled"),
    ]
    shown = json_of(Api().get(f"/dhos/v1/clinician/{uuid}"))
    assert shown["login_active"] is False
    assert shown["modified"] == "2030-07-01T00:00:00.000Z"


def test_a_login_changes_nothing_that_is_shown() -> None:
    uuid = somebody()
    before = Api().get(f"/dhos/v1/clinician/{uuid}").content
    logged_in(ADDRESS, PASSWORD)
    logged_in(ADDRESS, "wrong")
    assert Api().get(f"/dhos/v1/clinician/{uuid}").content == before
