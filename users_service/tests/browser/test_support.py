"""A call comes in, and support staff deal with it in the browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from clinicians.testing import created, logged_in, set_password
from users_service.tests.browser.browsing import account, browsing
from users_service.tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "ada@example.com"
ADA = "/admin/clinicians/clinician/ada/change/"


@pytest.fixture
def _ada_is_locked_out() -> None:
    created(
        uuid="ada",
        first_name="Ada",
        last_name="Fernweh",
        email_address=ADDRESS,
        groups=["GDM Clinician"],
    )
    created(first_name="Bo", last_name="Tidewater", email_address="bo@example.com")
    set_password(ADDRESS, "forgotten by now")
    for _ in range(10):
        assert logged_in(ADDRESS, "wrong").status_code == 403


@pytest.mark.usefixtures("_ada_is_locked_out", "cheap_hashes")
def test_somebody_is_found(browser: Browser, serve: Serve) -> None:
    account("jo", "Support")
    with browsing(browser, serve()) as person:
        person.sign_in("jo")
        page = person.page
        page.get_by_role("link", name="Clinicians", exact=True).first.click()
        search = page.locator("#searchbar")
        search.fill("fern")
        search.press("Enter")
        person.look("list-search")
        page.get_by_role("link", name=re.compile("Fernweh")).click()
        expect(page.get_by_text("after 10 failed logins")).to_be_visible()
        person.look("clinician-locked")


@pytest.mark.usefixtures("_ada_is_locked_out", "cheap_hashes")
def test_somebody_locked_out_is_let_in_again(browser: Browser, serve: Serve) -> None:
    account("jo", "Support")
    server = serve()
    with browsing(browser, server) as person:
        person.sign_in("jo")
        page = person.page
        person.open(ADA)
        page.get_by_role("button", name="Unlock the login").click()
        expect(page.get_by_text("Ada Fernweh was unlocked.")).to_be_visible()
        page.get_by_role("link", name="Set a temporary password").click()
        person.look("password")
        page.get_by_role("button", name="Set the password").click()
        password = page.locator(".password-shown").inner_text()
        person.look("password-set")
        page.get_by_role("link", name="Back to Ada Fernweh").click()
    assert server.log_in(ADDRESS, password).status_code == 200


@pytest.mark.usefixtures("_ada_is_locked_out", "cheap_hashes")
def test_a_role_is_added_and_the_trail_says_so(browser: Browser, serve: Serve) -> None:
    account("jo", "Support")
    server = serve()
    with browsing(browser, server) as person:
        person.sign_in("jo")
        page = person.page
        person.open(ADA)
        page.get_by_label("Add to Roles").fill("SEND Clinician")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Ada Fernweh was changed.")).to_be_visible()
        expect(page.locator(".trail")).to_contain_text("SEND Clinician added")
        person.look("clinician-changed")
    assert "SEND Clinician" in server.read("ada")["groups"]
