"""The list of roles: what each grants, and how many clinicians have it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.testing import Api, clinician_body, created
from clinicians.tests.pages import staff
from roles import querysets
from roles.models import Role

pytestmark = pytest.mark.django_db

LIST = reverse("admin:roles_role_changelist")
MATRIX = reverse("admin:roles_role_matrix")


def row_of(page: str, name: str) -> str:
    (row,) = [row for row in page.split("<tr>") if f">{name}</a></th>" in row]
    return row


def test_a_role_with_its_numbers(admin_client: Client) -> None:
    created(groups=["EPR Service Adapter", "GDM Clinician"])
    created(groups=["GDM Clinician"])

    page = admin_client.get(LIST).text

    row = row_of(page, "GDM Clinician")
    assert '<span class="badge good">Yes</span>' in row
    assert '<td class="field-permission_count">24</td>' in row
    people = '<a href="/admin/clinicians/clinician/?role=GDM+Clinician">2</a>'
    assert f'<td class="field-clinician_count">{people}</td>' in row
    assert ">1</a>" in row_of(page, "EPR Service Adapter")
    assert ">0</a>" in row_of(page, "System")


def test_the_number_leads_to_the_clinicians(admin_client: Client) -> None:
    name = "R&D / ward=7?"
    odd = clinician_body(uuid="odd", groups=[name])
    assert Api().post("/dhos/v1/clinician/bulk", [odd]).status_code == 200
    created(uuid="ada")

    row = row_of(admin_client.get(LIST).text, "R&amp;D / ward=7?")
    path = row.split('field-clinician_count"><a href="')[1].split('"')[0]

    rows = admin_client.get(path).context["cl"].result_list
    assert [row.pk for row in rows] == ["odd"]
    assert '<span class="badge quiet">No</span>' in row


def test_many_clinicians_are_counted_no_further(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "COUNTED", 1)
    monkeypatch.setattr("roles.admin.holders.COUNTED", 1)
    for name in ("GDM Clinician", "GDM Clinician", "GDM Clinician", "SEND Clinician"):
        created(groups=[name])

    page = admin_client.get(LIST).text

    assert ">1+</a>" in row_of(page, "GDM Clinician")
    assert ">1</a>" in row_of(page, "SEND Clinician")
    assert "at most 10,000 are counted" in page


def test_everything_is_counted_in_one_statement(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    Role.objects.bulk_create(Role(name=f"role {n}") for n in range(50))

    with django_assert_max_num_queries(8) as asked:
        admin_client.get(LIST)

    counting = [each["sql"] for each in asked if "clinicians_clinician" in each["sql"]]
    assert len(counting) == 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "adapter"}, ["EPR Service Adapter"]),
        ({"recognised__exact": "0"}, ["Hearsay"]),
    ],
)
def test_roles_are_found(
    admin_client: Client, query: dict[str, str], names: list[str]
) -> None:
    Role.objects.create(name="Hearsay", recognised=False)

    answer = admin_client.get(LIST, query)

    assert [row.name for row in answer.context["cl"].result_list] == names


@pytest.mark.parametrize(
    ("column", "first"), [("2", "System"), ("3", "System"), ("4", "GDM Clinician")]
)
def test_every_column_can_be_sorted(
    admin_client: Client, column: str, first: str
) -> None:
    created(groups=["GDM Clinician"])
    Role.objects.exclude(name="System").update(recognised=False)

    rows = admin_client.get(LIST, {"o": f"-{column}"}).context["cl"].result_list

    assert rows[0].name == first


@pytest.mark.parametrize("group", ["Viewers", "Administrators"])
def test_the_matrix_is_one_click_away(group: str) -> None:
    page = staff(group).get(LIST).text

    assert page.count(f'href="{MATRIX}"') == 1
    assert ("/admin/roles/role/add/" in page) == (group == "Administrators")
