"""Staff find clinicians in the admin and read about them; nothing more for now."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.testing import Api, clinician_body, created
from roles.models import Role
from users_service.tests.test_admin import answer as answer_through_proxy

pytestmark = pytest.mark.django_db

LIST = "/admin/clinicians/clinician/"


def page_of(clinician_id: str) -> str:
    return reverse("admin:clinicians_clinician_change", args=[clinician_id])


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [str(row.first_name) for row in answer.context["cl"].result_list]


def cells(client: Client, column: str) -> list[str]:
    page = client.get(LIST).content.decode()
    return re.findall(rf'<t[dh] class="field-{column}[^"]*">(.*?)</t[dh]>', page)


def staff(*groups: str) -> Client:
    user = User.objects.create_user("jane", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def opened(name: str, **fields: Any) -> dict[str, Any]:
    return {"product_name": name, "opened_date": "2024-01-31", **fields}


def test_the_list_shows_what_tells_clinicians_apart(admin_client: Client) -> None:
    created(
        email_address="ada@example.com",
        send_entry_identifier="B-7",
        groups=["GDM Clinician", "SEND Clinician"],
        products=[opened("GDM", closed_date="2024-02-01"), opened("SEND")],
        contract_expiry_eod_date="2030-01-31",
        login_active=False,
    )

    (name,) = cells(admin_client, "name")
    assert re.sub("<.*?>", "", name) == "Invented, Ada"
    assert cells(admin_client, "email_address") == ["ada@example.com"]
    assert cells(admin_client, "send_entry_identifier") == ["B-7"]
    assert cells(admin_client, "role_names") == ["GDM Clinician, SEND Clinician"]
    assert cells(admin_client, "open_product_names") == ["SEND"]
    assert cells(admin_client, "contract_expiry_eod_date") == ["31 Jan 2030"]
    (active,) = cells(admin_client, "login_active")
    assert 'alt="False"' in active


def test_a_clinician_without_a_name_is_listed_by_id(admin_client: Client) -> None:
    clinician = created(first_name="", last_name="")

    (name,) = cells(admin_client, "name")
    assert re.sub("<.*?>", "", name) == clinician["uuid"]


def test_a_role_that_is_not_recognised_is_marked(admin_client: Client) -> None:
    body = clinician_body(uuid="A1", groups=["Hearsay"])
    assert Api().post("/dhos/v1/clinician/bulk", [body]).status_code == 200

    assert cells(admin_client, "role_names") == ["Hearsay (not recognised)"]
    assert 'alt="False"' in admin_client.get(page_of("A1")).content.decode()


def test_the_list_is_in_the_order_of_names(admin_client: Client) -> None:
    for first, last in [("2", "beta"), ("3", "Émile"), ("1", "ALPHA")]:
        created(first_name=first, last_name=last)

    assert listed(admin_client) == ["1", "2", "3"]


def statements(client: Client, path: str) -> list[str]:
    """Return the SQL of a page, less what Django keeps from then on."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [each["sql"] for each in captured.captured_queries]


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    admin_client: Client,
) -> None:
    created(groups=["GDM Clinician", "System"])
    for_one = statements(admin_client, LIST)
    for n in range(20):
        created(groups=["GDM Clinician", "GDM Administrator"], locations=[f"L{n}"])

    assert len(statements(admin_client, LIST)) == len(for_one)
    assert len(for_one) <= 10


def test_a_page_takes_as_many_statements_for_much_as_for_little(
    admin_client: Client,
) -> None:
    little = created(groups=["System"])
    for_little = statements(admin_client, page_of(little["uuid"]))
    much = created(
        groups=sorted(Role.objects.values_list("name", flat=True)),
        locations=[f"L{n}" for n in range(20)],
        products=[opened(f"P{n}") for n in range(20)],
    )

    for_much = statements(admin_client, page_of(much["uuid"]))
    assert len(for_much) == len(for_little)


def test_the_password_is_neither_read_nor_shown(admin_client: Client) -> None:
    clinician = created(email_address="ada@example.com")
    path = "/dhos/v1/clinician?email=ada@example.com"
    assert Api().patch(path, {"password": "Correct horse 1"}).status_code == 200
    stored = Clinician.objects.get()

    for path in (LIST, page_of(clinician["uuid"])):
        page = admin_client.get(path).content.decode()
        assert "argon2" not in page
        assert str(stored.version) not in page
        own = [sql for sql in statements(admin_client, path) if "clinicians_" in sql]
        assert own
        assert not [sql for sql in own if '"password"' in sql]


@pytest.fixture
def _three() -> None:
    created(
        first_name="one",
        last_name="Marple",
        uuid="A1",
        email_address="one@example.com",
        send_entry_identifier="marple",
    )
    created(first_name="two", last_name="Marple", send_entry_identifier="B2")
    created(
        first_name="three",
        last_name="Éric O'Dd_",
        contract_expiry_eod_date="2020-01-01",
        groups=["System"],
        login_active=False,
    )


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("A1", ["one"]),
        ("a1", []),
        (" One@Example.com ", ["one"]),
        ("B2", ["two"]),
        ("marple", ["one"]),
        ("MARPLE", ["one", "two"]),
        ("two marp", ["two"]),
        ("one@exam", ["one"]),
        ("ÉRIC", ["three"]),
        ("dd_", ["three"]),
        ("_", ["three"]),
        ("%", []),
        ("  ", ["three", "one", "two"]),
    ],
)
def test_the_exact_find_comes_before_the_similar(
    admin_client: Client, term: str, found: list[str]
) -> None:
    assert sorted(listed(admin_client, q=term)) == sorted(found)


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"login_active__exact": "0"}, ["three"]),
        ({"temporary": "yes"}, ["three"]),
        ({"temporary": "no"}, ["one", "two"]),
        ({"temporary": "perhaps"}, ["one", "three", "two"]),
        ({"roles__name__exact": "System"}, ["three"]),
    ],
)
def test_the_list_is_narrowed_down(
    admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    assert sorted(listed(admin_client, **query)) == found


def test_a_page_shows_the_clinician_and_says_that_it_is_read_only(
    admin_client: Client,
) -> None:
    clinician = created(
        booking_reference="Ref. 9",
        groups=["GDM Clinician"],
        locations=["static_location_uuid_L1"],
        products=[opened("GDM", closed_reason="Moved away")],
    )
    path = f"/dhos/v1/clinician/{clinician['uuid']}/terms_agreement"
    assert Api().post(path, {"product_name": "GDM", "version": 4711}).status_code == 200

    page = admin_client.get(page_of(clinician["uuid"])).content.decode()

    for text in (
        "View clinician",
        "This page is read-only.",
        "Ref. 9",
        "GDM Clinician",
        "static_location_uuid_L1",
        "Moved away",
        "4711",
    ):
        assert text in page
    assert not re.findall(r'type="submit"[^>]*name="_', page)


def test_nobody_adds_changes_or_deletes(admin_client: Client) -> None:
    clinician = created()
    page = page_of(clinician["uuid"])
    delete = page.replace("/change/", "/delete/")

    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}add/", {"first_name": "Eve"}).status_code == 403
    assert admin_client.post(page, {"first_name": "Eve"}).status_code == 403
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [clinician["uuid"]]}
    admin_client.post(LIST, {**form, "post": "yes"})
    assert Clinician.objects.get().first_name == "Ada"


@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_every_staff_group_may_look(group: str) -> None:
    page = page_of(created(locations=["static_location_uuid_L1"])["uuid"])
    client = staff(group)

    assert listed(client) == ["Ada"]
    assert "static_location_uuid_L1" in client.get(page).content.decode()
    assert client.post(page, {"first_name": "Eve"}).status_code == 403


def test_staff_without_the_permission_may_not() -> None:
    page = page_of(created()["uuid"])
    client = staff()

    assert client.get(LIST).status_code == 403
    assert client.get(page).status_code == 403


def test_a_clinician_is_no_way_into_the_admin(client: Client) -> None:
    created(email_address="ada@example.com")
    path = "/dhos/v1/clinician?email=ada@example.com"
    assert Api().patch(path, {"password": "Correct horse 1"}).status_code == 200

    form = {"username": "ada@example.com", "password": "Correct horse 1"}
    answer = client.post("/admin/login/", form)

    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


def test_an_unknown_id_leads_back_to_the_index(admin_client: Client) -> None:
    for unknown in ("nobody", "x" * 40, "%2e"):
        answer = admin_client.get(page_of(unknown))
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.django_db(transaction=True)  # the real handler closes connections
@pytest.mark.parametrize("prefix", ["", "/dhos-users"])
def test_the_pages_work_behind_a_prefix(admin_client: Client, prefix: str) -> None:
    clinician = created()
    environ = {"HTTP_COOKIE": f"sessionid={admin_client.cookies['sessionid'].value}"}
    if prefix:
        environ["HTTP_X_FORWARDED_PREFIX"] = prefix

    for path in (LIST, page_of(clinician["uuid"])):
        status, _, page = answer_through_proxy(path, **environ)
        assert status == "200 OK"
        links = re.findall(r'(?:href|src|action)="(/[^"]+/[^"]*)"', page)
        assert links
        assert not [link for link in links if not link.startswith(f"{prefix}/")]
        files = [link for link in links if "/static/" in link]
        for file in files:
            stripped = file.removeprefix(prefix)
            assert answer_through_proxy(stripped, **environ)[0] == "200 OK"
