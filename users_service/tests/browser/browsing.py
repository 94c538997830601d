"""The admin in a real browser: Chromium, driven by playwright, on a running service.

A `Browsing` is one person at one screen. Whatever it opens is watched: an error on the
console, a resource that does not load and a breach of the content policy fail the test
that met them, and `look` has axe-core examine the page and writes a screenshot.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, Playwright, ViewportSize

from users_service.tests.live import PROJECT, LiveServer
from users_service.tests.run import BROWSERS

SCREENSHOTS = PROJECT / "build" / "screenshots"
PASSWORD = "an invented pass phrase"
PATIENCE_MS = 30_000
WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=400, height=800)
GRAVE = ("serious", "critical")
AXE = {"resultTypes": ["violations"], "preload": False}


def browser_path() -> str | None:
    """Return where a browser is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def launched(playwright: Playwright) -> Browser:
    """Start the browser. Root, as in containers, has no sandbox to start it in."""
    path = browser_path()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=arguments)


def account(name: str, *groups: str, superuser: bool = False) -> str:
    """Make a staff account; return its name."""
    user = User.objects.create_user(
        name, password=PASSWORD, is_staff=True, is_superuser=superuser
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return name


class Browsing:
    """A person at a screen."""

    def __init__(self, page: Page, server: LiveServer) -> None:
        self.page = page
        self.base = f"http://127.0.0.1:{server.port}"
        self.faults: list[str] = []
        self.expected: set[int] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("response", self._note_response)
        # Nothing is to be loaded from outside, so nothing is.
        page.route("**/*", self._keep_inside)

    def open(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(self.base + path)

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Log in to the admin."""
        self.open("/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def look(self, name: str) -> None:
        """Have the page examined, and write a screenshot of all of it."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = str(SCREENSHOTS / f"{name}.png")
        # To hide the caret, or to load style sheets again, would take inline styles.
        self.page.screenshot(path=path, full_page=True, caret="initial")
        assert self.barriers() == []
        assert self.page.evaluate(
            "document.documentElement.scrollWidth <= window.innerWidth"
        ), f"{name}: the page is wider than the screen"

    def barriers(self) -> list[str]:
        """Return what axe-core finds that keeps people out, and where."""
        found = Axe().run(self.page, options=AXE).response["violations"]
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:200]}"
            for each in found
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]

    def text(self) -> str:
        """Return the text of the page's main part."""
        return self.page.locator("main").inner_text()

    def _note_message(self, message: Any) -> None:
        # The status of a page that was asked for is noted, and judged, as a response.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _note_response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status}: {response.url}")

    def _keep_inside(self, route: Any) -> None:
        if route.request.url.startswith(self.base):
            route.continue_()
        else:
            self.faults.append(f"outside: {route.request.url}")
            route.abort()


@contextmanager
def browsing(
    browser: Browser, server: LiveServer, *, dark: bool = False, narrow: bool = False
) -> Iterator[Browsing]:
    """Sit somebody down at a screen; fail if anything went wrong there meanwhile."""
    context = browser.new_context(
        viewport=NARROW if narrow else WIDE,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    person = Browsing(context.new_page(), server)
    try:
        yield person
    finally:
        context.close()
    assert person.faults == []
