"""What a login leaves behind is stored wholly or not at all."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from clinicians import passwords
from clinicians.hashers import PolarisScryptPasswordHasher
from clinicians.models import Clinician, LoginGuard
from clinicians.services import events
from clinicians.testing import announced, logged_in, recorded, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

PASSWORD = "Pass@word1!"
PAST = "2001-01-01"
LEGACY = PolarisScryptPasswordHasher().encode(PASSWORD, "A" * 32)


@pytest.mark.parametrize(
    ("fields", "password"),
    [
        ({"email_address": "nobody@example.org"}, PASSWORD),
        ({"login_active": False}, PASSWORD),
        ({"contract_expiry_eod_date": PAST}, PASSWORD),
        ({}, "wrong"),
        ({"password": LEGACY}, PASSWORD),
    ],
    ids=["unknown", "disabled", "expired", "wrong password", "better hash"],
)
def test_without_its_message_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], password: str
) -> None:
    encoded = make_password(PASSWORD)
    given = {"email_address": "ada@example.org", "password": encoded, **fields}
    stored("ada", **given)
    before = Clinician.objects.values().get()

    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("no message")

    monkeypatch.setattr(events, "announce_login", fail)
    assert logged_in("ada@example.org", password).status_code == 500

    assert Clinician.objects.values().get() == before
    assert (recorded(), announced()) == ([], [])
    # An attempt that was not settled counts as one of the dead, later.
    assert not LoginGuard.objects.filter(failures__gt=0).exists()


def test_the_trail_says_that_a_legacy_hash_was_replaced() -> None:
    stored("ada", email_address="ada@example.org", password=LEGACY)

    assert logged_in("ada@example.org", PASSWORD).status_code == 200

    details = {"stored_hash": "replaced"}
    assert recorded() == [("login.succeeded", "ada", details)]
    assert Clinician.objects.get().password != LEGACY


def test_the_trail_says_that_the_end_of_a_contract_deactivates() -> None:
    stored("ada", email_address="ada@example.org", contract_expiry_eod_date=PAST)

    assert logged_in("ada@example.org", PASSWORD).status_code == 403

    assert recorded() == [
        ("clinician.changed", "ada", {"login_active": [True, False]}),
        ("login.failed", "ada", {"reason": "Login expired"}),
    ]


@pytest.mark.parametrize(
    "meanwhile", [{"login_active": False}, {"contract_expiry_eod_date": None}]
)
def test_who_was_expired_when_looked_up_is_refused_for_that(
    monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, Any]
) -> None:
    stored("ada", email_address="ada@example.org", contract_expiry_eod_date=PAST)
    check = passwords.check

    def check_slowly(*args: Any, **kwargs: Any) -> Any:
        Clinician.objects.update(**meanwhile)
        return check(*args, **kwargs)

    monkeypatch.setattr(passwords, "check", check_slowly)
    assert logged_in("ada@example.org", PASSWORD).status_code == 403

    assert recorded() == [("login.failed", "ada", {"reason": "Login expired"})]


def test_one_who_is_nobody_is_recorded_alike_in_any_spelling() -> None:
    for username in ("nobody@example.org", " Nobody@Example.org "):
        assert logged_in(username, PASSWORD).status_code == 403

    one, other = (changes["username_hash"] for _, _, changes in recorded())
    assert one == other
