"""A browser, and the service with people in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from users_service.tests.browser.browsing import browser_path, launched
from users_service.tests.live import LiveServer

Serve = Callable[[], LiveServer]


@pytest.fixture
def browser(transactional_db: None) -> Iterator[Browser]:
    """Chromium, headless, for one test, which is skipped where there is none.

    While playwright runs, Django takes this thread for an asynchronous one, and gives
    it a connection of its own: so it ends before the test's tables are emptied.
    """
    if browser_path() is None:
        pytest.skip("needs chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = launched(playwright)
        yield running
        running.close()
        connections.close_all()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the service on what the test has stored so far."""
    running: list[LiveServer] = []

    def start() -> LiveServer:
        running.append(LiveServer(tmp_path))
        return running[0]

    yield start
    for server in running:
        server.stop()
