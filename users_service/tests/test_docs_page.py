"""/docs: Swagger UI without the internet, under our Content-Security-Policy."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from users_service.docs import document
from users_service.middleware import CONTENT_SECURITY_POLICY
from users_service.tests.run import BROWSERS
from users_service.tests.test_server import Server

BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
LOADED = re.compile(r'<(?:link|script)[^>]* (?:href|src)="([^"]*)"')


@pytest.fixture
def page(client: Client) -> str:
    response = client.get("/docs")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    return str(response.content.decode())


def test_the_page_holds_no_script_and_no_style_of_its_own(page: str) -> None:
    assert not re.findall(r"<script(?![^>]*src=)", page)
    assert not re.findall(r"<style| style=| on\w+=", page)


def test_all_that_the_page_loads_is_ours(page: str) -> None:
    loaded = LOADED.findall(page)

    assert len(loaded) == 5
    for path in loaded:
        assert path.startswith("/static/")
        assert finders.find(path.removeprefix("/static/")), path


def test_the_style_replaces_every_picture_that_the_policy_refuses() -> None:
    dist = "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    theirs = Path(str(finders.find(dist))).read_text()
    ours = Path(str(finders.find("users_service/docs.css"))).read_text()
    rules = re.findall(r"([^{}]+)\{[^{}]*url\(\"data:[^{}]*\}", theirs)

    selectors = {part for rule in rules for part in rule.strip().split(",")}
    assert selectors
    for selector in selectors:
        last = selector.split(".swagger-ui ")[-1].split(".modal-ux ")[-1]
        known = ours.replace("::after", ":after").replace('"', "").replace(" ", "")
        assert last.replace(" ", "") in known, selector


def test_it_is_a_page_to_look_at_only(client: Client) -> None:
    assert client.post("/docs").status_code == 405
    assert client.head("/docs").status_code == 200
    assert client.options("/docs")["Allow"] == "GET, HEAD, OPTIONS"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    running = Server(folder, DJANGO_SETTINGS_MODULE="users_service.settings")
    yield running
    running.stop()


def test_behind_a_proxy_that_strips_a_prefix_everything_has_it(server: Server) -> None:
    prefix = "/dhos-users"
    _, page = server.ask("GET", "/docs", X_Forwarded_Prefix=prefix)
    _, document = server.ask("GET", "/openapi.json", X_Forwarded_Prefix=prefix)

    assert json.loads(document)["servers"] == [{"url": prefix}]
    loaded = LOADED.findall(page.decode())
    assert loaded
    for path in loaded:
        assert path.startswith(f"{prefix}/static/")
        response, content = server.ask("GET", path.removeprefix(prefix))
        assert (response.status, bool(content)) == (200, True)


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_a_browser_shows_every_operation_and_complains_of_nothing(
    server: Server, tmp_path: Path
) -> None:
    seen = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr",
            "--virtual-time-budget=10000",
            "--dump-dom",
            f"http://127.0.0.1:{server.port}/docs",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    operations = [
        each for path in document()["paths"].values() for each in path.values()
    ]
    assert operations
    shown = html.unescape(seen.stdout)
    assert [each for each in operations if each["summary"] not in shown] == []
    assert not [line for line in seen.stderr.splitlines() if ":CONSOLE" in line]
