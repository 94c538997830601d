"""Setting passwords: in turn, and wholly or not at all."""

from typing import Any

import pytest

from clinicians import passwords
from clinicians.models import Clinician
from clinicians.services import credentials
from clinicians.testing import stored
from roles.callers import staff_caller
from users_service.exceptions import Unavailable

pytestmark = pytest.mark.django_db

STAFF = staff_caller(1)


def set_one(password: str) -> None:
    credentials.set_password_of(actor=STAFF, clinician_id="ada", password=password)


@pytest.mark.usefixtures("cheap_hashes")
def test_a_password_that_cannot_be_recorded_is_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored("ada", password="as it was")

    def fail(**_: Any) -> None:
        raise KeyError("no trail")

    monkeypatch.setattr(credentials, "record", fail)
    with pytest.raises(KeyError):
        set_one("another")

    assert Clinician.objects.get().password == "as it was"


def test_a_password_waits_ten_seconds_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    class Busy:
        def acquire(self, *, timeout: float) -> bool:
            waited.append(timeout)
            return False

    monkeypatch.setattr(passwords, "_places", Busy)
    with pytest.raises(Unavailable) as refused:
        passwords.make("a password")

    assert waited == [10]
    assert refused.value.retry_after == 1
