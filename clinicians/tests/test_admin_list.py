"""Staff find clinicians in the list of the admin."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from clinicians.admin import listing
from clinicians.models import Clinician
from clinicians.testing import Api, clinician_body, created, logged_in, set_password
from clinicians.tests.pages import opened, page_of, staff
from users_service.pages import paginator
from users_service.tests.test_admin import answer as answer_through_proxy

pytestmark = pytest.mark.django_db

LIST = "/admin/clinicians/clinician/"
MORE = "There are more. Search or filter to see the others."


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [str(row.first_name) for row in answer.context["cl"].result_list]


def cells(client: Client, column: str) -> list[str]:
    page = client.get(LIST).content.decode()
    return re.findall(rf'<t[dh] class="field-{column}[^"]*">(.*?)</t[dh]>', page)


def text_of(client: Client, column: str) -> list[str]:
    return [re.sub("<.*?>", "", cell) for cell in cells(client, column)]


def test_the_list_shows_what_tells_clinicians_apart(admin_client: Client) -> None:
    created(
        email_address="ada@example.com",
        send_entry_identifier="B-7",
        groups=["GDM Clinician", "SEND Clinician"],
        products=[opened("GDM", closed_date="2024-02-01"), opened("SEND")],
        contract_expiry_eod_date="2030-01-31",
        login_active=False,
    )

    assert text_of(admin_client, "name") == ["Invented, Ada"]
    assert cells(admin_client, "email_address") == ["ada@example.com"]
    assert cells(admin_client, "send_entry_identifier") == ["B-7"]
    assert cells(admin_client, "role_names") == ["GDM Clinician, SEND Clinician"]
    assert cells(admin_client, "open_product_names") == ["SEND"]
    assert text_of(admin_client, "contract_end") == ["31 Jan 2030 Temporary"]
    assert text_of(admin_client, "login") == ["Inactive"]
    assert cells(admin_client, "last_login") == ["—"]


@pytest.mark.usefixtures("cheap_hashes")
def test_the_list_shows_locks_ended_contracts_and_the_last_login(
    admin_client: Client,
) -> None:
    created(email_address="ada@example.com", contract_expiry_eod_date="2030-05-03")
    set_password("ada@example.com", "Correct horse 1")
    assert logged_in("ada@example.com", "Correct horse 1").status_code == 200
    today = date_format(timezone.now())
    for _ in range(10):
        logged_in("ada@example.com", "wrong")

    assert text_of(admin_client, "login") == ["Active Locked"]
    assert cells(admin_client, "last_login") == [today]
    assert text_of(admin_client, "contract_end") == ["3 May 2030 Temporary"]
    Clinician.objects.update(contract_expiry_eod_date="2024-05-03")
    assert text_of(admin_client, "contract_end") == ["3 May 2024 Ended"]
    Clinician.objects.update(contract_expiry_eod_date=None)
    assert text_of(admin_client, "contract_end") == ["—"]


def test_a_clinician_without_a_name_is_listed_by_id(admin_client: Client) -> None:
    clinician = created(first_name="", last_name="")

    assert text_of(admin_client, "name") == [clinician["uuid"]]


def test_a_role_that_is_not_recognised_is_marked(admin_client: Client) -> None:
    body = clinician_body(uuid="A1", groups=["Hearsay"])
    assert Api().post("/dhos/v1/clinician/bulk", [body]).status_code == 200

    assert cells(admin_client, "role_names") == ["Hearsay (not recognised)"]


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


def test_no_filter_is_counted(admin_client: Client) -> None:
    created()
    assert "_facets" not in admin_client.get(LIST).content.decode()
    asked = statements(admin_client, f"{LIST}?_facets=True")
    assert len(asked) == len(statements(admin_client, LIST))


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
        nhs_smartcard_number="555 1",
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
        ("555 1", ["three"]),
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


@pytest.mark.parametrize(("limit", "many"), [(9, 9), (2, 9), (2, 3)])
@pytest.mark.parametrize("term", ["marple", "ma", "ma le"])
def test_a_search_finds_all_in_order_however_many(
    admin_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    many: int,
    term: str,
) -> None:
    monkeypatch.setattr(listing, "LIMIT", limit)
    monkeypatch.setattr(listing, "MANY", many)
    for name in ("3", "1", "2"):
        created(first_name=name, last_name="Marple", login_active=name != "2")
    created(first_name="Nobody", last_name="Else")

    assert listed(admin_client, q=term) == ["1", "2", "3"]
    assert listed(admin_client, q=term, active="yes") == ["1", "3"]


def test_a_clinician_is_no_way_into_the_admin(client: Client) -> None:
    created(email_address="ada@example.com")
    path = "/dhos/v1/clinician?email=ada@example.com"
    assert Api().patch(path, {"password": "Correct horse 1"}).status_code == 200

    form = {"username": "ada@example.com", "password": "Correct horse 1"}
    answer = client.post("/admin/login/", form)

    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


def test_the_password_is_not_read(admin_client: Client) -> None:
    created()
    own = [sql for sql in statements(admin_client, LIST) if "clinicians_" in sql]
    assert own
    assert not [sql for sql in own if '"password"' in sql]


@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_every_staff_group_may_look(group: str) -> None:
    created()
    assert listed(staff(group)) == ["Ada"]


def test_staff_without_a_group_may_not() -> None:
    assert staff().get(LIST).status_code == 403


def test_a_long_list_is_counted_and_leafed_through_to_a_limit(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paginator, "LIMIT", 4)
    monkeypatch.setattr(admin.site.get_model_admin(Clinician), "list_per_page", 2)
    for number in range(6):
        created(first_name=str(number))

    page = admin_client.get(LIST).content.decode()

    assert re.search(r"4\+\s+clinicians", page)
    assert "Select all 4+ clinicians" in page
    assert MORE in page
    assert listed(admin_client) == ["0", "1"]
    assert listed(admin_client, p="2") == ["2", "3"]
    assert admin_client.get(LIST, {"p": "3"}).status_code == 302

    Clinician.objects.filter(first_name__in=["4", "5"]).delete()
    page = admin_client.get(LIST).content.decode()
    assert re.search(r"4\s+clinicians", page)
    assert MORE not in page


def test_an_empty_list_says_why(admin_client: Client) -> None:
    def told(**query: str) -> str:
        page = admin_client.get(LIST, query).content.decode()
        return page.partition('<p class="empty">')[2].partition("</p>")[0]

    matches = 'No clinician matches. <a href="?">Show all clinicians</a>'
    assert told() == "There are no clinicians yet."
    assert told(q="nobody") == matches
    assert told(active="no") == matches
    created()
    assert told() == ""
    assert told(location="nowhere") == matches


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
