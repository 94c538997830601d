"""The second factor is set up and asked for, in a browser."""

import pytest
from playwright.sync_api import Browser, expect

from users_service.tests.browser.browsing import Browsing, account, browsing
from users_service.tests.browser.conftest import Serve
from users_service.tests.second_factor import SET_UP, code_from, hex_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("screen", ["light", "narrow-dark"])
def test_it_is_set_up_and_asked_for(
    browser: Browser, serve: Serve, screen: str
) -> None:
    account("jo", "Support")
    other = screen == "narrow-dark"
    with browsing(browser, serve(), dark=other, narrow=other) as person:
        page = person.page
        person.sign_in("jo")
        page.get_by_role("link", name="Second factor").click()
        person.look(f"second-factor-set-up-{screen}")
        key = hex_of(page.locator("code.key").inner_text())
        send(person, "000 00", "Set it up")
        expect(page.get_by_text("Type six digits.")).to_be_visible()
        code = code_from(key)
        send(person, code, "Set it up")
        expect(page.get_by_text("The second factor is set up.")).to_be_visible()
        person.open(SET_UP)
        person.look(f"second-factor-is-set-up-{screen}")
        page.get_by_role("button", name="Log out").click()
        person.sign_in("jo")
        # A code works once.
        send(person, code, "Go on")
        expect(page.get_by_text("This code was not accepted.")).to_be_visible()
        person.look(f"second-factor-code-{screen}")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("Logged out")).to_be_visible()


def send(person: Browsing, code: str, button: str) -> None:
    person.page.get_by_label("Six digits from the app").fill(code)
    person.page.get_by_role("button", name=button).click()
