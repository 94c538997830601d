"""Pages of the admin that change what another transaction holds."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.testing import nothing_written
from clinicians.tests.acting import confirmed, said, two
from clinicians.tests.pages import Form, ada, edited, errors_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

HELD = "Somebody else is changing this, try again"


@pytest.fixture
def other(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    """Another program's connection, while requests wait for a lock only briefly."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    chosen = connection.settings_dict
    monkeypatch.setitem(chosen, "LOCK_TIMEOUT_OF_TRANSACTIONS", "200")
    how: dict[str, Any] = {name: chosen[key] for key, name in names.items()}
    with psycopg.connect(**how, dbname=chosen["NAME"]) as opened:
        yield opened
        opened.rollback()


def hold(other: psycopg.Connection, table: str, column: str, key: str) -> None:
    sql = f"SELECT FROM {table} WHERE {column} = %s FOR UPDATE"
    other.execute(sql.encode(), [key])


def hold_ada(other: psycopg.Connection) -> None:
    hold(other, "clinicians_clinician", "uuid", "ada")


def test_page_of_a_held_clinician_says_so_and_keeps_what_was_typed(
    admin_client: Client, other: psycopg.Connection
) -> None:
    ada()
    hold_ada(other)
    with nothing_written():
        answer = edited(admin_client, "ada", job_title="typed by staff")

    assert errors_of(answer) == {"": [HELD]}
    assert answer.context["adminform"].form["job_title"].value() == "typed by staff"
    other.rollback()
    assert edited(admin_client, "ada", job_title="typed").status_code == 302
    assert Clinician.objects.get().job_title == "typed"


def test_password_of_a_held_clinician_says_so(
    admin_client: Client, other: psycopg.Connection
) -> None:
    ada()
    hold_ada(other)
    path = reverse("admin:clinicians_clinician_password", args=["ada"])
    with nothing_written():
        answer = admin_client.post(path, {"kind": "made"})

    assert answer.status_code == 200
    told = answer.context["form"].non_field_errors()
    assert told == [f"{HELD}. Try again in a moment."]


@pytest.mark.parametrize(
    ("action", "fields"),
    [("deactivate", {}), ("add_role", {"role": ["GDM Clinician"]})],
)
def test_action_names_who_is_held_and_changes_the_others(
    admin_client: Client,
    other: psycopg.Connection,
    action: str,
    fields: dict[str, list[str]],
) -> None:
    two()
    hold_ada(other)
    answer = confirmed(admin_client, action, **fields)

    text = f"1 clinician was refused: Ada Invented ({HELD})."
    assert text in said(answer)
    bo = Clinician.objects.exclude(pk="ada").get()
    assert not bo.login_active or bo.roles.filter(name="GDM Clinician").exists()


def test_page_of_a_held_role_says_so(
    admin_client: Client, other: psycopg.Connection
) -> None:
    hold(other, "roles_role", "name", "GDM Clinician")
    path = reverse("admin:roles_role_change", args=["GDM Clinician"])
    form = Form(admin_client, path, "role_form")
    admin_client.raise_request_exception = False
    with nothing_written():
        answer = form.send(recognised=None)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"].startswith("text/html")
    assert f"<p>{HELD}.</p>\n<p>What was sent is not stored." in answer.content.decode()
