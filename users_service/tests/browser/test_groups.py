"""Each staff group meets what it may do, and nothing more."""

import pytest
from playwright.sync_api import Browser, expect

from clinicians.testing import created
from users_service.tests.browser.browsing import Browsing, account, browsing
from users_service.tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/clinicians/clinician/"
ADA = f"{LIST}ada/change/"


def forbidden(person: Browsing, path: str) -> None:
    person.expected = {403}
    assert person.page.goto(person.base + path).status == 403  # type: ignore[union-attr]
    person.expected = set()


def test_viewers_look_and_change_nothing(browser: Browser, serve: Serve) -> None:
    created(uuid="ada")
    account("vic", "Viewers")
    with browsing(browser, serve()) as person:
        person.sign_in("vic")
        person.look("overview-viewer")
        person.open(LIST)
        expect(person.page.locator("select[name=action]")).to_have_count(0)
        person.open(ADA)
        expect(person.page.get_by_role("button", name="Save")).to_have_count(0)
        expect(person.page.get_by_text("Unlock the login")).to_have_count(0)
        person.look("clinician-viewer")
        person.open("/admin/roles/role/GDM%20Clinician/change/")
        expect(person.page.get_by_role("button", name="Save")).to_have_count(0)
        for path in (f"{LIST}add/", f"{LIST}ada/password/", "/admin/auth/user/"):
            forbidden(person, path)


def test_support_edits_clinicians_but_not_roles_and_staff(
    browser: Browser, serve: Serve
) -> None:
    created(uuid="ada")
    account("jo", "Support")
    with browsing(browser, serve()) as person:
        person.sign_in("jo")
        person.open(ADA)
        expect(person.page.get_by_role("button", name="Save")).to_be_visible()
        person.open("/admin/roles/role/GDM%20Clinician/change/")
        expect(person.page.get_by_role("button", name="Save")).to_have_count(0)
        for path in ("/admin/roles/role/add/", "/admin/auth/user/"):
            forbidden(person, path)


def test_administrators_edit_roles_and_staff(browser: Browser, serve: Serve) -> None:
    account("al", "Administrators")
    with browsing(browser, serve()) as person:
        person.sign_in("al")
        person.open("/admin/roles/role/GDM%20Clinician/change/")
        expect(person.page.get_by_role("button", name="Save").first).to_be_visible()
        person.look("role")
        person.open("/admin/auth/user/")
        person.look("staff-list")
        person.open("/admin/auth/user/add/")
        person.look("staff-add")


def test_staff_without_a_group_are_told_so(browser: Browser, serve: Serve) -> None:
    account("new")
    with browsing(browser, serve()) as person:
        person.sign_in("new")
        person.look("overview-nothing")
        forbidden(person, LIST)
