"""What a failing login costs, and legacy hashes that a login replaces."""

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from clinicians import passwords
from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import Clinician, LoginGuard
from clinicians.testing import Api, json_of, logged_in, stored
from clinicians.tests.test_hashers import VECTORS
from clinicians.tests.test_passwords import Costs, costs_of

pytestmark = pytest.mark.django_db

PASSWORD, SALT, DIGEST = VECTORS[0]
LEGACY = f"{LEGACY_PREFIX}{SALT}${DIGEST}"
LOGIN = "/dhos/v1/clinician/login"
FAILURES = {
    "unknown": lambda: logged_in("nobody", PASSWORD),
    "ambiguous": lambda: logged_in("twice", PASSWORD),
    "wrong password": lambda: logged_in("modern", "wrong"),
    "wrong legacy password": lambda: logged_in("legacy", "wrong"),
    "no password set": lambda: logged_in("none", PASSWORD),
    "disabled": lambda: logged_in("disabled", PASSWORD),
    "expired": lambda: logged_in("expired", PASSWORD),
    "password too long": lambda: logged_in("modern", "x" * 1025),
    "empty password": lambda: logged_in("modern", ""),
    "empty username": lambda: logged_in("", PASSWORD),
    "wrong prefix": lambda: Api().get(LOGIN, UserAuthorization="Basic x"),
    "nothing after the prefix": lambda: Api().get(LOGIN, UserAuthorization="Bearer "),
}


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    return costs_of(monkeypatch)


def store_accounts() -> None:
    modern: Any = {"password": make_password(PASSWORD)}
    stored("modern", send_entry_identifier="modern", **modern)
    stored("none", send_entry_identifier="none")
    stored("disabled", send_entry_identifier="disabled", login_active=False, **modern)
    old = "2001-01-01"
    stored(
        "expired",
        send_entry_identifier="expired",
        contract_expiry_eod_date=old,
        **modern,
    )
    for uuid in ("1", "2"):
        stored(uuid, send_entry_identifier="twice", **modern)


@pytest.mark.parametrize("legacy_is_stored", [True, False])
@pytest.mark.parametrize("cause", FAILURES)
def test_every_failing_login_costs_the_same(
    cause: str, legacy_is_stored: bool, costs: Costs
) -> None:
    store_accounts()
    if legacy_is_stored:
        stored("legacy", send_entry_identifier="legacy", password=LEGACY)
    costs.clear()

    assert FAILURES[cause]().status_code == 403

    assert costs == Counter(argon2=1, legacy=int(legacy_is_stored))


def test_failing_logins_look_at_the_guard_and_leave_their_entry_alike() -> None:
    """Before the hash, the guard's row or one that is not there; then two inserts."""
    store_accounts()
    for uuid in ("modern", "none"):
        LoginGuard.objects.create(clinician_id=uuid)
    shapes: dict[str, list[str]] = {}
    for cause in [*list(FAILURES)[:6], "password too long"]:
        statements = shapes[cause] = []

        # Of a prepared statement the log of queries has no text.
        def note(execute: Any, sql: str, *rest: Any, seen: Any = statements) -> Any:
            seen.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            FAILURES[cause]()
    for statements in shapes.values():
        kinds = Counter(sql.split(" ", 1)[0] for sql in statements)
        guards = [sql for sql in statements if "loginguard" in sql]
        assert kinds["INSERT"] == 2
        assert guards[0].startswith("UPDATE")
        assert guards[1].startswith("SELECT")


@pytest.mark.parametrize(("password", "salt", "digest"), VECTORS)
def test_a_legacy_hash_logs_in_and_is_replaced(
    password: str, salt: str, digest: str
) -> None:
    encoded = f"{LEGACY_PREFIX}{salt}${digest}"
    stored("A", email_address="ada@example.org", password=encoded)
    shown = json_of(Api().get("/dhos/v1/clinician/A"))

    assert logged_in("ada@example.org", password).status_code == 200

    replaced = Clinician.objects.get()
    assert (replaced.password or "").startswith("argon2$argon2id$")
    assert logged_in("ada@example.org", password).status_code == 200
    assert Clinician.objects.get().password == replaced.password
    assert json_of(Api().get("/dhos/v1/clinician/A")) == shown


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"login_active": False},
        {"contract_expiry_eod_date": "2001-01-01"},
    ],
)
def test_a_failed_login_leaves_a_legacy_hash(changes: dict[str, Any]) -> None:
    stored("A", send_entry_identifier="A", password=LEGACY, **changes)
    password = PASSWORD if changes else "wrong"
    assert logged_in("A", password).status_code == 403
    assert Clinician.objects.get().password == LEGACY


def test_a_password_changed_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    stored("A", send_entry_identifier="A", password=LEGACY)
    check = passwords.check

    def check_slowly(*args: Any, **kwargs: Any) -> Any:
        verdict = check(*args, **kwargs)
        Clinician.objects.update(password="set by somebody else")
        return verdict

    monkeypatch.setattr(passwords, "check", check_slowly)
    logged_in("A", PASSWORD)
    assert Clinician.objects.get().password == "set by somebody else"


def test_an_end_that_was_moved_meanwhile_does_not_deactivate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored("A", send_entry_identifier="A", contract_expiry_eod_date="2001-01-01")
    check = passwords.check

    def check_slowly(*args: Any, **kwargs: Any) -> Any:
        Clinician.objects.update(contract_expiry_eod_date="2999-01-01")
        return check(*args, **kwargs)

    monkeypatch.setattr(passwords, "check", check_slowly)
    assert logged_in("A", PASSWORD).status_code == 403
    assert Clinician.objects.get().login_active


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    stored("A", send_entry_identifier="A", password=LEGACY)
    check = passwords.check
    held: list[bool] = []

    def check_watched(*args: Any, **kwargs: Any) -> Any:
        # SQLite's in-memory database would be lost with its connection.
        held.append(connection.vendor != "sqlite" and connection.connection is not None)
        return check(*args, **kwargs)

    monkeypatch.setattr(passwords, "check", check_watched)
    for header in ("Basic x", "Bearer QTp4"):  # A:x
        Api().get(LOGIN, UserAuthorization=header)
    assert held == [False, False]
