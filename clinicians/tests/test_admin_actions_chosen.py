"""Which clinicians an action is for, and who may do it."""

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.admin.actions import deeds
from clinicians.models import Clinician, ClinicianRole, LoginGuard
from clinicians.testing import nothing_written, settled
from clinicians.tests.acting import (
    ACTIONS,
    LIST,
    OLD,
    active,
    chosen,
    confirmed,
    said,
    two,
)
from clinicians.tests.pages import fields_of, staff

pytestmark = pytest.mark.django_db

EDITORS = ["Support", "Administrators"]


@pytest.fixture(autouse=True)
def _two() -> None:
    two()


@pytest.mark.parametrize("ids", [["gone"], ["x" * 400], ["\0"], ["ada", "a\0"]])
@pytest.mark.parametrize("form", [{}, {"confirmed": "yes"}])
def test_a_forged_choice_gets_a_message(
    admin_client: Client, ids: list[str], form: dict[str, str]
) -> None:
    with nothing_written():
        texts = said(chosen(admin_client, "deactivate", ids, **form))

    assert texts == ["Nothing was done: none of the chosen ones is there any more."]


def test_an_empty_choice_gets_a_message(admin_client: Client) -> None:
    with nothing_written():
        (text,) = said(confirmed(admin_client, "deactivate", [], index="0"))

    assert "must be selected" in text


def test_who_no_longer_matches_the_filter_stays_chosen(admin_client: Client) -> None:
    answer = chosen(
        admin_client, "activate", ["bo"], query="?active=yes", confirmed="yes"
    )

    assert said(answer) == ["1 clinician was activated."]


def test_a_whole_list_is_what_its_filters_let_through(admin_client: Client) -> None:
    settled(uuid="cy", first_name="Cy", login_active=False)
    whole = {"query": "?active=no", "select_across": "1"}
    answer = chosen(admin_client, "activate", ["bo"], **whole)
    page = answer.content.decode()
    assert "<h1>Activate 2 clinicians</h1>" in page
    fields = fields_of(page, "confirm_form")
    assert fields["_selected_action"] == ["bo"]
    settled(uuid="dee", login_active=False)

    texts = said(admin_client.post(reverse(LIST) + "?active=no", fields))

    assert texts == ["3 clinicians were activated."]
    assert all(active().values())


@pytest.mark.parametrize("form", [{}, {"confirmed": "yes"}])
def test_too_many_at_once_are_refused(
    admin_client: Client, form: dict[str, str]
) -> None:
    Clinician.objects.bulk_create(
        Clinician(uuid=f"n{number}") for number in range(deeds.MOST - 1)
    )
    with nothing_written():
        answer = chosen(admin_client, "activate", ["ada"], select_across="1", **form)

    page = answer.content.decode()
    assert "<h1>Activate more than 1,000 clinicians</h1>" in page
    assert "at most 1,000 clinicians at once. Narrow the list down" in page
    assert "Yes, activate" not in page


@pytest.mark.parametrize("group", EDITORS)
@pytest.mark.parametrize("action", ACTIONS)
def test_those_who_may_change_clinicians_may_do_it(group: str, action: str) -> None:
    client = staff(group)
    page = client.get(reverse(LIST)).content.decode()
    assert f'<option value="{action}">' in page
    assert "delete_selected" not in page

    assert chosen(client, action).status_code == 200
    answer = confirmed(client, action, **ACTIONS[action])

    answer.getvalue()
    assert answer.status_code == (200 if action == "export_csv" else 302)


@pytest.mark.parametrize("action", [*ACTIONS, "delete_selected"])
def test_viewers_have_no_actions(action: str) -> None:
    client = staff("Viewers")
    LoginGuard.objects.create(clinician_id="ada", failures=10)
    ClinicianRole.objects.create(clinician_id="ada", role_id=OLD)
    assert 'name="action"' not in client.get(reverse(LIST)).content.decode()

    with nothing_written():
        answer = confirmed(client, action, **ACTIONS.get(action, {}))

    assert "text/csv" not in answer["Content-Type"]


@pytest.mark.parametrize("group", EDITORS)
def test_nobody_deletes_clinicians(group: str) -> None:
    with nothing_written():
        confirmed(staff(group), "delete_selected", post="yes")
