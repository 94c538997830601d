"""What a clinician's page shows, and to whom."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.testing import Api, nothing_written, settled
from clinicians.tests.pages import ada, opened, page_of, saved, staff
from roles.models import Role

pytestmark = pytest.mark.django_db

EDITORS = ("Support", "Administrators")
NO_ACCESS = 403


@pytest.mark.parametrize("group", ["Viewers", *EDITORS])
def test_every_staff_group_may_look(group: str) -> None:
    ada(locations=["ward-7"], products=[opened("GDM", closed_reason="Moved away")])
    page = staff(group).get(page_of("ada")).content.decode()
    for text in ("Ada Invented", "ward-7", "Moved away", "GDM Clinician"):
        assert text in page
    assert ('name="_save"' in page) == (group in EDITORS)
    assert ("Set a temporary password" in page) == (group in EDITORS)


def test_an_empty_list_is_shown_as_such() -> None:
    ada(bookmarks=[])
    page = staff("Viewers").get(page_of("ada")).content.decode()
    assert page.count('<div class="readonly">—</div>') >= 2


def test_viewers_change_nothing() -> None:
    ada()
    client = staff("Viewers")
    with nothing_written():
        assert (
            client.post(page_of("ada"), {"first_name": "Eve"}).status_code == NO_ACCESS
        )
        add = reverse("admin:clinicians_clinician_add")
        assert client.get(add).status_code == NO_ACCESS
        assert client.post(add, {"first_name": "Eve"}).status_code == NO_ACCESS


def test_staff_without_a_group_see_nothing() -> None:
    ada()
    assert staff().get(page_of("ada")).status_code == NO_ACCESS


@pytest.mark.parametrize("group", ["Viewers", *EDITORS])
def test_nobody_deletes(group: str) -> None:
    ada()
    path = reverse("admin:clinicians_clinician_delete", args=["ada"])
    client = staff(group)
    assert client.get(path).status_code == NO_ACCESS
    assert client.post(path, {"post": "yes"}).status_code == NO_ACCESS
    assert Clinician.objects.count() == 1


def test_the_page_tells_what_happened_and_what_was_announced(
    admin_client: Client,
) -> None:
    ada()
    saved(admin_client, **{"groups-new": "GDM Superclinician"})

    page = admin_client.get(page_of("ada")).content.decode()

    assert "GDM Superclinician added" in page
    assert "Clinician changed" in page
    assert "Waiting" in page


def test_the_page_takes_as_many_statements_for_much_as_for_little(
    admin_client: Client,
) -> None:
    settled(uuid="little", groups=["System"], email_address="little@example.com")
    ada(
        groups=sorted(Role.objects.values_list("name", flat=True)),
        locations=[f"L{n}" for n in range(20)],
        products=[opened(f"P{n}") for n in range(20)],
        bookmarks=[f"B{n}" for n in range(20)],
    )
    for_little = statements(admin_client, page_of("little"))
    assert len(statements(admin_client, page_of("ada"))) == len(for_little)


def statements(client: Client, path: str) -> list[str]:
    """Return the SQL of a page, less what Django keeps from then on."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [each["sql"] for each in captured.captured_queries]


def test_the_password_is_neither_read_nor_shown(admin_client: Client) -> None:
    ada()
    path = "/dhos/v1/clinician?email=ada@example.com"
    assert Api().patch(path, {"password": "Correct horse 1"}).status_code == 200
    stored = Clinician.objects.get()

    page = admin_client.get(page_of("ada")).content.decode()
    assert "argon2" not in page
    assert str(stored.version) not in page
    for sql in statements(admin_client, page_of("ada")):
        assert '"password"' not in sql.partition(" FROM ")[0] or "auth_user" in sql


def test_an_unknown_id_leads_back_to_the_index(admin_client: Client) -> None:
    for unknown in ("nobody", "x" * 40, "%2e"):
        answer = admin_client.get(page_of(unknown))
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
