"""A locked account is unlocked by an operator's command, or by staff in the admin."""

import getpass
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinicians.models import LoginGuard
from clinicians.testing import forget_the_trail, logged_in, stored
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

LIST = "/admin/clinicians/clinician/"
PASSWORD = "Pass@word1!"
FAR_AWAY = "2999-01-01T00:00:00Z"


def locked(uuid: str = "ada") -> None:
    stored(uuid, send_entry_identifier=uuid, password=make_password(PASSWORD))
    LoginGuard.objects.create(clinician_id=uuid, failures=12, locked_until=FAR_AWAY)


def trail() -> list[tuple[Any, ...]]:
    columns = ("actor", "actor_kind", "action", "clinician_id", "changes")
    return list(AuditEntry.objects.order_by("id").values_list(*columns))


def unlocked(clinician_id: str, actor: str, kind: str) -> tuple[Any, ...]:
    changes = {"failures": [12, 0]}
    return (actor, kind, "clinician.unlocked", clinician_id, changes)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("unlock_clinician", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_unlocks_and_says_who_did_it() -> None:
    locked()
    assert run("ada", "--by", "jane") == "Clinician ada is unlocked.\n"
    assert trail() == [unlocked("ada", "jane", "operator")]
    assert logged_in("ada", PASSWORD).status_code == 200


def test_the_operator_is_the_systems_user_unless_named() -> None:
    locked()
    run("ada")
    assert trail() == [unlocked("ada", getpass.getuser(), "operator")]


def test_a_user_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nameless)
    locked()
    run("ada")
    assert trail() == [unlocked("ada", "unknown", "operator")]


def test_the_command_says_that_an_account_was_not_locked() -> None:
    stored("ada")
    assert run("ada") == "Clinician ada was not locked.\n"
    assert trail() == []


def test_the_command_forgets_failures_before_they_lock() -> None:
    stored("ada")
    LoginGuard.objects.create(clinician_id="ada", failures=9, in_flight=1)
    assert run("ada", "--by", "jane") == "Clinician ada was not locked.\n"
    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight) == (0, 1)
    assert [entry[-1] for entry in trail()] == [{"failures": [9, 0]}]


def test_what_was_not_unlocked_is_not_in_the_trail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("not stored")

    locked()
    monkeypatch.setattr(LoginGuard, "save", fail)
    with pytest.raises(KeyError):
        run("ada")
    assert trail() == []


def test_the_command_fails_for_an_unknown_clinician() -> None:
    with pytest.raises(CommandError, match=r"There is no clinician nobody\.") as caught:
        run("nobody")
    assert caught.value.returncode == 1


def staff(*groups: str) -> Client:
    user = User.objects.create_user("jane", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, *chosen: str) -> str:
    form = {"action": "unlock", "_selected_action": chosen, "confirmed": "yes"}
    page: str = client.post(LIST, form, follow=True).content.decode()
    return page


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_staff_who_may_change_clinicians_unlock_them(group: str) -> None:
    for uuid in ("ada", "bea", "eve"):
        locked(uuid)
    stored("cleo")
    client = staff(group)

    page = act(client, "ada", "bea", "cleo")

    assert "2 clinicians were unlocked." in page
    actor = f"staff:{User.objects.get().pk}"
    expected = [unlocked(uuid, actor, "staff") for uuid in ("ada", "bea")]
    assert sorted(trail(), key=str) == expected
    forget_the_trail()
    assert [logged_in(who, PASSWORD).status_code for who in ("ada", "eve")] == [
        200,
        403,
    ]


def test_staff_who_only_look_do_not_unlock() -> None:
    locked()
    client = staff("Viewers")

    assert 'value="unlock"' not in client.get(LIST).content.decode()
    assert "unlocked." not in act(client, "ada")
    assert LoginGuard.objects.get().failures == 12


def test_the_list_shows_who_is_locked(admin_client: Client) -> None:
    locked()
    stored("bea")
    LoginGuard.objects.create(clinician_id="bea", locked_until="2001-01-01T00:00:00Z")
    stored("cleo")

    rows = admin_client.get(LIST).context["cl"].result_list

    assert {row.pk: row.locked for row in rows} == {
        "ada": True,
        "bea": False,
        "cleo": False,
    }


def test_many_locks_take_no_more_statements_than_one(admin_client: Client) -> None:
    locked()
    admin_client.get(LIST)
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(LIST)
        counts.append(len(captured))
        for n in range(5):
            locked(f"{number}-{n}")
    assert counts[0] == counts[1]
