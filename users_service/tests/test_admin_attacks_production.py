"""What a process of PRODUCTION answers: its cookies, its headers, and to forgers."""

import re
import socket
from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import requests

from clinicians.testing import created
from users_service.tests.accounts import PASSWORD, account
from users_service.tests.live import TIMEOUT, LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN = "/admin/login/"
# What the proxy adds, and a browser sends from a page of ours.
OF_OURS = {"X-Forwarded-Proto": "https", "Referer": "https://localhost/admin/login/"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    account("root", is_superuser=True)
    created(uuid="ada", email_address="ada@mail.example")
    running = LiveServer(tmp_path, ENVIRONMENT="PRODUCTION", WEB_CONCURRENCY="1")
    yield running
    running.stop()


class Browser:
    """A browser behind the proxy; it sends back all cookies, as if over https."""

    def __init__(self, server: LiveServer, **headers: str) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.headers = {"Host": "localhost", **OF_OURS, **headers}
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, method: str, path: str, form: Any = None) -> requests.Response:
        """Return the answer, and keep its cookies."""
        kept = "; ".join(f"{name}={each.value}" for name, each in self.cookies.items())
        answer = requests.request(
            method,
            self.url + path,
            data=form,
            headers={**self.headers, "Cookie": kept},
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        for each in answer.raw.headers.getlist("Set-Cookie"):
            self.cookies.load(each)
        return answer

    def token(self, path: str = LOGIN) -> str:
        """Return what a form of the page sends against forgery."""
        page = self.ask("GET", path).text
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found, page
        return found[1]

    def logs_in(self) -> requests.Response:
        """Send the login page's form."""
        form = {"username": "root", "password": PASSWORD}
        return self.ask("POST", LOGIN, {**form, "csrfmiddlewaretoken": self.token()})


def is_bound(cookie: "Morsel[str]") -> bool:
    """Tell whether a cookie stays with this host, https and requests of its own."""
    return bool(
        cookie["secure"]
        and cookie["httponly"]
        and cookie["samesite"] == "Strict"
        and cookie["path"] == "/"
        and not cookie["domain"]
    )


def test_cookies_of_a_login_in_production(server: LiveServer) -> None:
    browser = Browser(server)
    browser.token()
    before = browser.cookies["__Host-csrftoken"].value
    assert browser.logs_in().status_code == 302
    assert browser.ask("GET", "/admin/").status_code == 200
    clinician = "/admin/clinicians/clinician/ada/"
    form = {"csrfmiddlewaretoken": browser.token(f"{clinician}change/")}
    assert browser.ask("POST", f"{clinician}unlock/", form).status_code == 302

    assert set(browser.cookies) == {"__Host-csrftoken", "__Host-sessionid", "messages"}
    assert all(map(is_bound, browser.cookies.values()))
    assert browser.cookies["__Host-csrftoken"].value != before
    assert PASSWORD not in str(browser.cookies)

    plain = Browser(server, **{"X-Forwarded-Proto": "http"})
    plain.token()
    assert is_bound(plain.cookies["__Host-csrftoken"])


def test_forms_of_other_sites_in_production(server: LiveServer) -> None:
    for headers in (
        {"Referer": "https://elsewhere.example/"},
        {"Referer": ""},
        {"Referer": "http://localhost/admin/login/"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ):
        browser = Browser(server)
        token = browser.token()
        browser.headers |= headers
        form = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = browser.ask("POST", LOGIN, form)
        assert answer.status_code == 403, headers
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "__Host-sessionid" not in browser.cookies


SMUGGLED = "Set-Cookie: forged=1"
REQUESTS = {
    "a header with a bare CR": f"X-Request-ID: a\r{SMUGGLED}",
    "a header with a bare LF": f"X-Request-ID: a\n{SMUGGLED}",
    "a folded header": f"X-Request-ID: a\r\n {SMUGGLED}",
    "a NUL": f"X-Request-ID: a\0{SMUGGLED}",
    "encoded breaks": f"X-Request-ID: a%0d%0a{SMUGGLED}",
    "breaks of other alphabets": f"X-Request-ID: a\u560d\u560a{SMUGGLED}",
    "a cookie": f"Cookie: __Host-csrftoken=a\r{SMUGGLED}",
    "a language": f"Accept-Language: en\x0b{SMUGGLED}",
}


def sent(server: LiveServer, target: str, header: str) -> bytes:
    """Send bytes that no client would; return all that comes back."""
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as opened:
        opened.sendall(f"{request}{header}\r\n\r\n".encode())
        return b"".join(iter(lambda: opened.recv(65536), b""))


def test_no_request_smuggles_a_header_into_its_answer(server: LiveServer) -> None:
    for target in (
        "/running",
        "/admin/",
        "/admin/login/?next=/x%0d%0aA:b",
        "/x%0d%0ay",
    ):
        for name, header in REQUESTS.items():
            answer = sent(server, target, header)
            assert re.match(rb"HTTP/1.1 [234]\d\d ", answer), (target, name)
            head = answer.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\0")
            assert b"\n" not in head, (target, name)
            assert b"\r" not in head, (target, name)
            assert b"\0Set-Cookie: forged" not in head, (target, name)
            assert b"\0A:b" not in head
