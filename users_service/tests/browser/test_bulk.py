"""Many clinicians are dealt with at once, after a second look."""

import re

import pytest
from playwright.sync_api import Browser, expect

from clinicians.testing import created
from users_service.tests.browser.browsing import account, browsing
from users_service.tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/clinicians/clinician/"


def test_temporary_staff_are_deactivated_together(
    browser: Browser, serve: Serve
) -> None:
    people = [
        created(first_name=name, last_name="Tidewater", uuid=name.lower())["uuid"]
        for name in ("Ann", "Ben", "Cleo")
    ]
    created(uuid="other", last_name="Fernweh")
    account("jo", "Support")
    server = serve()
    with browsing(browser, server) as person:
        person.sign_in("jo")
        page = person.page
        person.open(f"{LIST}?q=tidewater")
        page.locator("#action-toggle").check()
        page.locator("select[name=action]").select_option(label="Deactivate")
        person.look("list-chosen")
        page.get_by_role("button", name=re.compile("Go|Run")).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("eactivate")
        person.look("deactivate-confirm")
        page.get_by_role(
            "button", name=re.compile("deactivate 3", re.IGNORECASE)
        ).click()
        expect(page.locator(".messagelist")).to_contain_text("3")
        person.look("deactivate-done")
    assert [server.read(each)["login_active"] for each in people] == [False] * 3
    assert server.read("other")["login_active"] is True
