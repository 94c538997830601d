"""Logins that are meant to cost, or to get round the lock."""

import base64
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from clinicians.hashers import (
    ClinicianArgon2PasswordHasher,
    PolarisScryptPasswordHasher,
)
from clinicians.models import Clinician, LoginGuard
from clinicians.passwords import MAX_LENGTH
from clinicians.testing import Api, created, logged_in, nothing_written, stored
from users_service.journal.models import AuditEntry, OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

PASSWORD = "an invented password"
MEGABYTE = 1_000_000
ADDRESS = "ada@mail.example"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is given to a hash function, whoever gives it."""
    texts: list[str] = []
    for hasher in (ClinicianArgon2PasswordHasher, PolarisScryptPasswordHasher):
        for name in ("encode", "verify"):
            method = getattr(hasher, name)

            def noting(
                self: Any, password: str, *rest: Any, run: Any = method, **more: Any
            ) -> Any:
                texts.append(password)
                return run(self, password, *rest, **more)

            monkeypatch.setattr(hasher, name, noting)
    return texts


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, MEGABYTE])
def test_a_password_that_is_too_long_is_not_set_and_not_hashed(
    hashed: list[str], length: int
) -> None:
    created(email_address=ADDRESS)
    path = f"/dhos/v1/clinician?email={ADDRESS}"

    with nothing_written():
        assert Api().patch(path, {"password": "x" * length}).status_code == 400
    assert hashed == []
    assert Api().patch(path, {"password": "x" * MAX_LENGTH}).status_code == 200
    assert hashed == ["x" * MAX_LENGTH]


@pytest.mark.parametrize("has_password", [True, False])
@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_a_password_of_a_megabyte_does_not_log_in_and_is_not_hashed(
    hashed: list[str], has_password: bool, username: str
) -> None:
    """Something short is: a failure takes as long whatever its cause."""
    secret = make_password(PASSWORD) if has_password else None
    stored("ada", send_entry_identifier="ada", password=secret)
    hashed.clear()

    assert logged_in(username, "x" * MEGABYTE).status_code == 403
    assert hashed == [""]


def test_a_username_of_a_megabyte_is_refused_before_anything_is_hashed(
    hashed: list[str],
) -> None:
    assert logged_in("x" * MEGABYTE, PASSWORD).status_code == 400
    assert hashed == []


FORGED = "198.51.100."


def guess(number: int) -> int:
    """Try a wrong password as if from an address that nobody has tried from."""
    encoded = base64.b64encode(b"ada:wrong").decode()
    address = f"{FORGED}{number}"
    api = Api()
    api.client.defaults["REMOTE_ADDR"] = address
    answer = api.get(
        "/dhos/v1/clinician/login",
        UserAuthorization=f"Bearer {encoded}",
        X_Forwarded_For=f"{address}, {address}",
        X_Real_IP=address,
        Forwarded=f"for={address}",
    )
    return int(answer.status_code)


@pytest.fixture
def _account() -> None:
    stored("ada", send_entry_identifier="ada", password=make_password(PASSWORD))


@pytest.mark.usefixtures("_account")
def test_a_new_address_for_each_guess_does_not_get_round_the_lock() -> None:
    assert {guess(number) for number in range(1, 12)} == {403}

    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.locked_until is None) == (10, False)
    assert logged_in("ada", PASSWORD).status_code == 403


@pytest.mark.usefixtures("_account")
def test_what_a_client_says_of_its_address_is_stored_nowhere() -> None:
    guess(7)

    for model in (AuditEntry, OutboxMessage, LoginGuard, Clinician):
        assert FORGED not in repr(list(model._default_manager.values()))
    assert AuditEntry.objects.filter(action="login.failed").count() == 1
