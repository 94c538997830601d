"""The list of clinicians is narrowed down."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from clinicians.models import LoginGuard
from clinicians.testing import Api, clinician_body, created
from clinicians.tests.pages import opened

pytestmark = pytest.mark.django_db

LIST = "/admin/clinicians/clinician/"


def in_days(days: int) -> str:
    return str(timezone.now().date() + timedelta(days=days))


@pytest.fixture(autouse=True)
def _six() -> None:
    created(uuid="permanent", locations=["ward-7", "ward-9"])
    created(uuid="today", contract_expiry_eod_date=in_days(0))
    created(uuid="in-7", contract_expiry_eod_date=in_days(7), login_active=False)
    created(uuid="in-30", contract_expiry_eod_date=in_days(30), locations=["ward-7"])
    created(
        uuid="past",
        contract_expiry_eod_date=in_days(-1),
        products=[opened("GDM", closed_date="2024-02-01"), opened("DBM")],
    )
    odd = clinician_body(uuid="odd", groups=["Hearsay <b>"], products=[opened("GDM")])
    assert Api().post("/dhos/v1/clinician/bulk", [odd]).status_code == 200
    soon = timezone.now() + timedelta(minutes=1)
    LoginGuard.objects.create(clinician_id="permanent", locked_until=soon)
    LoginGuard.objects.create(clinician_id="past", locked_until=timezone.now())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"active": "yes"}, "in-30 odd past permanent today"),
        ({"active": "no"}, "in-7"),
        ({"active": "perhaps"}, "in-30 in-7 odd past permanent today"),
        ({"locked": "yes"}, "permanent"),
        ({"locked": "no"}, "in-30 in-7 odd past today"),
        ({"contract": "temporary"}, "in-30 in-7 past today"),
        ({"contract": "permanent"}, "odd permanent"),
        ({"contract": "7"}, "in-7 today"),
        ({"contract": "30"}, "in-30 in-7 today"),
        ({"contract": "ended"}, "past"),
        ({"role": "GDM Clinician"}, "in-30 in-7 past permanent today"),
        ({"role": "Hearsay <b>"}, "odd"),
        ({"role": "Nothing"}, ""),
        ({"unrecognised": "yes"}, "odd"),
        ({"product": "DBM"}, "past"),
        ({"product": "GDM"}, "in-30 in-7 odd permanent today"),
        ({"location": "ward-7"}, "in-30 permanent"),
        ({"location": " ward-9 "}, "permanent"),
        ({"location": ""}, "in-30 in-7 odd past permanent today"),
        ({"location": "ward-7", "contract": "30", "active": "yes"}, "in-30"),
        ({"q": "invented", "location": "ward-7"}, "in-30 permanent"),
    ],
)
def test_the_list_is_narrowed_down(
    admin_client: Client, query: dict[str, str], found: str
) -> None:
    answer = admin_client.get(LIST, query)
    assert answer.status_code == 200
    shown = sorted(row.pk for row in answer.context["cl"].result_list)
    assert shown == found.split()


def test_temporary_clinicians_are_in_the_order_of_their_contracts_ends(
    admin_client: Client,
) -> None:
    answer = admin_client.get(LIST, {"contract": "temporary"})
    shown = [row.pk for row in answer.context["cl"].result_list]
    assert shown == ["past", "today", "in-7", "in-30"]


@pytest.mark.parametrize(
    "name",
    ["active", "locked", "contract", "role", "unrecognised", "product", "location"],
)
def test_odd_values_are_answered(admin_client: Client, name: str) -> None:
    number = 6 if name in ("active", "locked", "contract", "unrecognised") else 0
    for value in ("\ud83d", "'\"%_\\", "x" * 2000):
        odd = value.encode("utf-8", "surrogatepass")
        answer = admin_client.get(f"{LIST}?{urlencode({name: odd})}")
        assert answer.status_code == 200
        assert len(answer.context["cl"].result_list) == number


def test_no_other_column_can_be_asked_for(admin_client: Client) -> None:
    answer = admin_client.get(LIST, {"password__startswith": "a"})
    assert answer.status_code == 400


def test_the_choices_are_those_there_are(admin_client: Client) -> None:
    page = admin_client.get(LIST).content.decode()
    for link in ("?product=DBM", "?product=GDM", "?role=Hearsay+%3Cb%3E"):
        assert link in page
    assert "Hearsay <b>" not in page


def test_the_location_keeps_the_other_filters_and_the_search(
    admin_client: Client,
) -> None:
    query = {"q": "inv", "contract": "30", "location": "ward-7"}
    page = admin_client.get(LIST, query).content.decode()
    form = page.partition('class="location-filter"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="contract" value="30">' in form
    assert '<input type="hidden" name="q" value="inv">' in form
    assert 'name="location" value="ward-7"' in form
