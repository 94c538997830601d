"""Whatever is sent, an event is one line of the log, and nothing in it is a command."""

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
import structlog
from django.test import Client

from clinicians.testing import Api
from roles.scopes import Scope
from roles.testing import bearer, token_for
from users_service.logs import RENDERERS
from users_service.routes import routes
from users_service.tests.attacks import pages
from users_service.tests.planted import Lines
from users_service.tests.sizes import sized
from users_service.wsgi import OneProxy

BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028")
"""All that some reader of a log takes for the end of a line."""

FORGED = '{"severity": "INFO", "message": "Staff password accepted", "account": 1}'
HOSTILE = (
    *(f"x{each}{FORGED}" for each in BREAKS),
    *(f"x{each}y" for each in BREAKS),
    "\x1b[2J\x1b[1;31m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\b\b\b\x7f\x00",
    '","severity":"CRITICAL","message":"forged',
    "%s %(levelname)s {0} {message}",
    "\u202etxet desrever\u202c",
    "\ud800",
)
# A form has no half a surrogate pair.
TYPED = sized(quick=HOSTILE[:-1:4], soak=HOSTILE[:-1])


def checked(lines: Lines) -> int:
    """Check that each event is a line of printable text; return how many."""
    written = lines.text().split("\n")
    assert written.pop() == ""
    assert len(written) == lines.events
    for line in written:
        assert line.isprintable(), ascii(line)
        if lines.style == "JSON":
            assert json.loads(line)["message"] != "Staff password accepted"
        else:
            assert re.match(r"\d{4}-\d\d-\d\dT\S+ \[", line), line
    return lines.events


@pytest.fixture(params=sorted(RENDERERS))
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    with Lines(request.param).kept() as made:
        yield made


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_message_and_any_value_is_one_line(text: str, lines: Lines) -> None:
    logger = structlog.get_logger("a.name")
    logger.warning(text)
    logger.warning("Said", value=text, listed=[text], nested={text: text})
    logging.getLogger("a.package").error("Lost %s", text)
    logging.getLogger("a.package").error(text)
    logging.getLogger("gunicorn.error").warning("Invalid request from %s", text)

    assert checked(lines) == 5


HEADERS = (
    *("X-Request-ID", "X-Correlation-ID", "X-Client", "X-Version", "User-Agent"),
    *("Origin", "Referer", "Accept-Language", "X-Forwarded-For"),
)


@pytest.mark.django_db
def test_any_header_token_and_method_is_one_line(lines: Lines) -> None:
    client = Client(raise_request_exception=False)
    for text in HOSTILE:
        token = token_for(Scope, clinician_id=text, system_id=text)
        headers = dict.fromkeys(HEADERS, text)
        for path in ("/running", "/dhos/v1/roles", "/dhos/v1/clinician/A1", "/nothing"):
            answer = client.get(path, headers=headers, **bearer(token))
            assert answer.status_code < 500
            assert printable(answer["X-Request-ID"])
        client.generic(text, "/running")

    assert checked(lines) >= 5 * len(HOSTILE)


def printable(value: str) -> bool:
    return value.isascii() and value.isprintable()


@pytest.mark.django_db
@pytest.mark.usefixtures("cheap_hashes")
def test_any_username_and_password_is_one_line(lines: Lines) -> None:
    for text in TYPED:
        form = {"username": text, "password": text, "next": text, "code": text}
        for path in ("/admin/login/", "/admin/second-factor/"):
            assert Client().post(path, form).status_code < 500
        pair = base64.b64encode(f"{text}:{text}".encode()).decode()
        login = {"UserAuthorization": f"Bearer {pair}"}
        answer = Api().get("/dhos/v1/clinician/login", **login)
        assert answer.status_code in (400, 401, 403)

    assert checked(lines) >= 3 * len(TYPED)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_only_an_address_is_taken_from_the_proxy(text: str) -> None:
    seen: list[Any] = []

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.append(environ["REMOTE_ADDR"])
        return []

    for given in (text, f"192.0.2.1, {text}", f"192.0.2.1{text}", f"fe80::1%{text}"):
        environ = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_FORWARDED_FOR": given}
        list(OneProxy(application)(environ, Mock()))
    assert set(seen) <= {"192.0.2.9", "192.0.2.1", "fe80::1"}


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["x\r\nSet-Cookie: a=b", "x\nLocation: //e.example"])
def test_no_answer_gets_a_header_that_was_sent(text: str) -> None:
    client = Client(raise_request_exception=False)
    asked = [f"/admin/{each.pattern}" for each in pages() if "<" not in each.pattern]
    asked += [each.path for each in routes() if each.method == "GET"]
    for path in asked:
        for answer in (
            client.get(path, {"next": text, "q": text, text: text}),
            client.post(path, {"next": text, "username": text, text: text}),
            client.get(path, headers={"X-Request-ID": text, "X-Client": text}),
        ):
            assert answer.status_code < 500, path
            for name, value in answer.items():
                assert printable(name + value), (path, name)
            assert not urlsplit(answer.get("Location", "")).netloc, path


@pytest.mark.django_db
def test_where_a_form_came_from_is_not_in_the_log(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    page = "https://elsewhere.example/?q=jane.doe@mail.example"
    browser = Client(enforce_csrf_checks=True)
    for headers in ({"Origin": page}, {"Referer": page}, {"Referer": f"ftp{page}"}):
        answer = browser.post("/admin/login/", headers=headers, secure=True)
        assert answer.status_code == 403

    assert "elsewhere" not in str(log_lines())
    causes = [line["cause"] for line in log_lines() if "cause" in line]
    assert causes == [
        "Origin checking failed",
        "Referer checking failed",
        "Referer checking failed",
    ]
