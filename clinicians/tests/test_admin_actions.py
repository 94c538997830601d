"""Staff do something to chosen clinicians, after a page that says to how many."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.admin.actions import changes
from clinicians.admin.actions.outcomes import Outcome
from clinicians.models import Clinician, ClinicianRole, LoginGuard
from clinicians.services.update import edit_clinician
from clinicians.testing import (
    announced,
    nothing_written,
    recorded,
    stored,
)
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
from clinicians.tests.pages import fields_of
from users_service.exceptions import AccessDenied, Conflict, InvalidInput, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two() -> None:
    two()


def roles_of(clinician_id: str) -> list[str]:
    rows = ClinicianRole.objects.filter(clinician=clinician_id)
    return sorted(rows.values_list("role_id", flat=True))


def test_the_page_says_what_will_happen_to_whom(admin_client: Client) -> None:
    with nothing_written():
        answer = chosen(admin_client, "deactivate", query="?active=yes")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<h1>Deactivate 2 clinicians</h1>" in page
    assert 'value="Yes, deactivate 2"' in page
    assert "<li><bdi>Ada Invented</bdi></li>" in page
    assert "<li><bdi>Bo</bdi></li>" in page
    assert f'href="{reverse(LIST)}?active=yes">Cancel</a>' in page
    assert "style=" not in page


def test_one_is_one_clinician(admin_client: Client) -> None:
    page = chosen(admin_client, "unlock", ["ada"]).content.decode()

    assert "<h1>Unlock the logins of 1 clinician</h1>" in page


def test_names_are_escaped_and_the_first_ten_are_shown(admin_client: Client) -> None:
    ids = [f"c{number:02}" for number in range(12)]
    for pk in ids:
        stored(pk, first_name="<b>", last_name=pk)

    page = chosen(admin_client, "activate", ids).content.decode()

    assert "&lt;b&gt; c09</bdi></li>" in page
    assert "&lt;b&gt; c10</bdi></li>" not in page
    assert "<li>and 2 more</li>" in page


def test_what_the_page_sends_does_it(admin_client: Client) -> None:
    answer = chosen(admin_client, "deactivate", ["ada", "bo"])
    fields = fields_of(answer.content.decode(), "confirm_form")

    texts = said(admin_client.post(reverse(LIST), fields))

    assert texts == ["1 clinician was deactivated. 1 clinician was inactive already."]
    assert active() == {"ada": False, "bo": False}
    assert recorded() == [("clinician.changed", "ada", {"login_active": [True, False]})]


def test_activating(admin_client: Client) -> None:
    texts = said(confirmed(admin_client, "activate"))

    assert texts == ["1 clinician was activated. 1 clinician was active already."]
    assert active() == {"ada": True, "bo": True}
    assert len(announced()) == 2


def test_unlocking(admin_client: Client) -> None:
    LoginGuard.objects.create(
        clinician_id="ada", failures=10, locked_until="2999-01-01T00:00Z"
    )

    texts = said(confirmed(admin_client, "unlock"))

    assert texts == ["1 clinician was unlocked. 1 clinician was not locked."]
    assert recorded() == [("clinician.unlocked", "ada", {"failures": [10, 0]})]


@pytest.mark.parametrize("day", ["2031-01-31", "2001-01-31"])
def test_ending_the_contract(admin_client: Client, day: str) -> None:
    Clinician.objects.filter(pk="bo").update(contract_expiry_eod_date=day)

    texts = said(confirmed(admin_client, "end_contract", end=day))

    already = "1 clinician was to leave on that day already."
    assert texts == [f"1 clinician was given this last day. {already}"]
    assert Clinician.objects.get(pk="ada").contract_expiry_eod_date == (
        date.fromisoformat(day)
    )


@pytest.mark.parametrize("day", ["", "31/01/2031", "2031-02-30"])
def test_a_bad_date_is_asked_for_again(admin_client: Client, day: str) -> None:
    with nothing_written():
        answer = confirmed(admin_client, "end_contract", end=day)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["end"]
    page = answer.content.decode()
    assert '<label for="id_end">' in page
    assert "This day is included" in page


def test_adding_a_role(admin_client: Client) -> None:
    ClinicianRole.objects.create(clinician_id="bo", role_id="SEND Clinician")

    texts = said(confirmed(admin_client, "add_role", role="SEND Clinician"))

    assert texts == [
        "1 clinician was put into the role. 1 clinician was in it already."
    ]
    assert roles_of("ada") == ["GDM Clinician", "SEND Clinician"]


@pytest.mark.parametrize("role", ["System", "EPR Service Adapter", OLD, "None", ""])
def test_a_role_that_staff_may_not_give_is_not_offered(
    admin_client: Client, role: str
) -> None:
    page = chosen(admin_client, "add_role").content.decode()
    assert not role or f'<option value="{role}">' not in page

    with nothing_written():
        answer = confirmed(admin_client, "add_role", role=role)

    assert list(answer.context["form"].errors) == ["role"]


def test_removing_a_role(admin_client: Client) -> None:
    ClinicianRole.objects.filter(clinician="bo").delete()

    texts = said(confirmed(admin_client, "remove_role", role="GDM Clinician"))

    assert texts == [
        "1 clinician was taken out of the role. 1 clinician was not in it."
    ]
    assert roles_of("ada") == []


def test_an_unrecognised_role_is_replaced_where_somebody_has_it(
    admin_client: Client,
) -> None:
    ClinicianRole.objects.create(clinician_id="bo", role_id=OLD)

    answer = confirmed(admin_client, "map_role", **ACTIONS["map_role"])

    other = "1 clinician was without the unrecognised role."
    assert said(answer) == [f"1 clinician was given the other role. {other}"]
    assert roles_of("ada") == ["GDM Clinician"]
    assert roles_of("bo") == ["GDM Clinician", "SEND Clinician"]
    groups = {"added": ["SEND Clinician"], "removed": [OLD]}
    assert recorded() == [("clinician.changed", "bo", {"groups": groups})]


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"old": "GDM Clinician", "new": "SEND Clinician"}, "old"),
        ({"old": OLD, "new": OLD}, "new"),
        ({"old": OLD, "new": "System"}, "new"),
    ],
)
def test_only_an_unrecognised_role_gives_way_to_a_recognised_one(
    admin_client: Client, form: dict[str, str], wrong: str
) -> None:
    with nothing_written():
        answer = confirmed(admin_client, "map_role", **form)

    assert list(answer.context["form"].errors) == [wrong]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (InvalidInput(errors={"groups": ["Unknown role 'X'."]}), "Unknown role 'X'."),
        (AccessDenied("not by you"), "This is not allowed: not by you."),
        (Conflict("It is in use"), "It is in use"),
    ],
)
def test_who_is_refused_is_named_and_others_are_changed(
    admin_client: Client, monkeypatch: Any, error: Exception, why: str
) -> None:
    real = edit_clinician

    def edit(**arguments: Any) -> bool:
        if arguments["clinician_id"] == "ada":
            raise error
        return real(**arguments)

    monkeypatch.setattr(changes, "edit_clinician", edit)

    texts = said(confirmed(admin_client, "activate"))

    assert texts == [
        "1 clinician was activated.",
        f"1 clinician was refused: Ada Invented ({why}).",
    ]
    assert active() == {"ada": True, "bo": True}


def test_each_is_changed_in_a_transaction_of_its_own(
    admin_client: Client, monkeypatch: Any
) -> None:
    def edit(**arguments: Any) -> bool:
        if arguments["clinician_id"] == "bo":
            raise RuntimeError("the database is away")
        return edit_clinician(**arguments)

    monkeypatch.setattr(changes, "edit_clinician", edit)

    with pytest.raises(RuntimeError):
        confirmed(admin_client, "end_contract", end="2031-01-31")

    ended = Clinician.objects.filter(contract_expiry_eod_date="2031-01-31")
    assert [each.pk for each in ended] == ["ada"]


def test_of_many_refused_the_first_are_named() -> None:
    assert Outcome(refused=["a", "b"]).refusals() == "a; b"
    many = Outcome(refused=list("abcdefg")).refusals()
    assert many == "a; b; c; d; e; and 2 more"


def test_who_is_gone_meanwhile_is_counted(
    admin_client: Client, monkeypatch: Any
) -> None:
    def edit(**arguments: Any) -> bool:
        raise NotFound(arguments["clinician_id"])

    monkeypatch.setattr(changes, "edit_clinician", edit)

    texts = said(confirmed(admin_client, "activate", ["ada", "bo", "gone"]))

    assert texts == [
        "0 clinicians were activated.",
        "No longer there: 3 of those chosen.",
    ]
