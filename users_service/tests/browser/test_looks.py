"""Every page in light and in dark, wide and narrow: readable, reachable, within CSP."""

import pytest
from playwright.sync_api import Browser, expect

from clinicians.testing import Api, clinician_body, created, logged_in, set_password
from users_service.journal.models import OutboxMessage
from users_service.tests.browser.browsing import Browsing, account, browsing
from users_service.tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/clinicians/clinician/"
PAGES = {
    "overview": "/admin/",
    "list": LIST,
    "list-filtered": f"{LIST}?active=yes&contract=temporary&location=ward-7",
    "list-nobody": f"{LIST}?q=nobody",
    "clinician": f"{LIST}ada/change/",
    "clinician-add": f"{LIST}add/",
    "audit": "/admin/journal/auditentry/",
    "events": "/admin/journal/outboxmessage/",
    "roles": "/admin/roles/role/",
    "role": "/admin/roles/role/GDM%20Clinician/change/",
    "role-unrecognised": "/admin/roles/role/Hearsay/change/",
    "role-kept": "/admin/roles/role/GDM%20Clinician/delete/",
    "matrix": "/admin/roles/role/matrix/",
    "permissions": "/admin/roles/permission/",
    "staff": "/admin/auth/user/",
}
HEADINGS = {"matrix": "Roles and permissions", "role-unrecognised": "Hearsay"}
"""A wrong address leads to the overview, which looks well, too."""


@pytest.fixture
def _people() -> None:
    created(
        uuid="ada",
        first_name="Ada",
        last_name="Fernweh",
        email_address="ada@example.com",
        groups=["GDM Clinician", "SEND Clinician"],
        locations=["ward-7", "ward-9"],
        bookmarks=["ward-1"],
        bookmarked_patients=["patient-1"],
        contract_expiry_eod_date="2030-01-31",
        send_entry_identifier="700211",
    )
    created(first_name="Bo", last_name="Tide\u202ewater", login_active=False)
    OutboxMessage.objects.filter(clinician_id="ada").update(
        channel_errors=3,
        error="406 PRECONDITION_FAILED - message size 17000000 is larger than "
        "configured max size 16777216",
    )
    odd = clinician_body(uuid="odd", groups=["Hearsay"])
    assert Api().post("/dhos/v1/clinician/bulk", [odd]).status_code == 200
    agreement = {"product_name": "GDM", "version": 3}
    Api().post("/dhos/v1/clinician/ada/terms_agreement", agreement)
    set_password("ada@example.com", "Correct horse 1")
    for password in ("wrong", "Correct horse 1"):
        logged_in("ada@example.com", password)


@pytest.mark.usefixtures("_people", "cheap_hashes")
@pytest.mark.parametrize("screen", ["light", "narrow-dark"])
def test_pages_are_readable_and_reachable(
    browser: Browser, serve: Serve, screen: str
) -> None:
    account("jo", superuser=True)
    other = screen == "narrow-dark"
    with browsing(browser, serve(), dark=other, narrow=other) as person:
        person.open("/admin/")
        person.look(f"login-{screen}")
        person.sign_in("jo")
        faults = []
        for name, path in PAGES.items():
            person.open(path)
            if name in HEADINGS:
                heading = person.page.get_by_role("heading", level=1)
                expect(heading).to_have_text(HEADINGS[name])
            faults += looked(person, f"{name}-{screen}")
        assert faults == []


def looked(person: Browsing, name: str) -> list[str]:
    """Return what is wrong with a page, so that one run tells of all pages."""
    try:
        person.look(name)
    except AssertionError as error:
        return [f"{name}: {error}"]
    return []


def test_wrong_input_is_said_beside_the_field(browser: Browser, serve: Serve) -> None:
    created(uuid="ada")
    account("jo", "Support")
    with browsing(browser, serve()) as person:
        person.sign_in("jo")
        person.open(f"{LIST}ada/change/")
        page = person.page
        page.get_by_label("E-mail address").fill("nonsense")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
        person.look("clinician-wrong")


def test_a_wrong_password_is_refused(browser: Browser, serve: Serve) -> None:
    account("jo", "Support")
    with browsing(browser, serve()) as person:
        person.sign_in("jo", "not that one")
        expect(person.page.get_by_text("Please enter the correct")).to_be_visible()
        person.look("login-wrong")


def test_the_keyboard_is_enough(browser: Browser, serve: Serve) -> None:
    created(uuid="ada", last_name="Fernweh")
    account("jo", "Support")
    with browsing(browser, serve()) as person:
        person.open("/admin/")
        page = person.page
        page.keyboard.type("jo")
        page.keyboard.press("Tab")
        page.keyboard.type("an invented pass phrase")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        person.open(f"{LIST}?q=fern")
        page.get_by_role("link", name="Fernweh").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Ada Fernweh")).to_be_visible()
