"""What a client may make the service believe, or send back, by headers of its own."""

import itertools
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from roles.scopes import Scope
from roles.testing import token_for
from users_service.tests.production import ProductionServer, request

TOKEN = f"Authorization: Bearer {token_for(Scope, clinician_id='A1')}"
PEER = "127.0.0.1"
PROXYS = "X-Forwarded-For: 203.0.113.7"
FORGED = "198.51.100.66"
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionServer]:
    running = ProductionServer(tmp_path_factory.mktemp("headers"))
    yield running
    running.stop()


def address_of(server: ProductionServer, *headers: str) -> str:
    """Return the client's address as the service sees it."""
    name = f"address-{next(NUMBERS)}"
    server.send(request("/running", f"X-Request-ID: {name}", *headers))
    line = server.logged(
        lambda line: line["requestID"] == name and "remote_address" in line
    )
    return str(line["remote_address"])


def test_the_nearest_hop_says_who_the_client_is(server: ProductionServer) -> None:
    assert address_of(server) == PEER
    assert address_of(server, PROXYS) == "203.0.113.7"


@pytest.mark.parametrize(
    "forged",
    [
        f"X-Forwarded-For: {FORGED}",
        f"X-Forwarded-For: {FORGED}, 10.0.0.1, {FORGED}",
        f"X-Forwarded-For: {', '.join([FORGED] * 500)}",
        f"X_Forwarded_For: {FORGED}",
        f"X-Forwarded_For: {FORGED}",
        f"Forwarded: for={FORGED}",
        f"X-Real-IP: {FORGED}",
        f"X-Client-IP: {FORGED}",
        f"Client-IP: {FORGED}",
        f"True-Client-IP: {FORGED}",
        f"X-Cluster-Client-IP: {FORGED}",
        f"CF-Connecting-IP: {FORGED}",
        f"X-Originating-IP: {FORGED}",
        f"Remote-Addr: {FORGED}",
        f"Remote_Addr: {FORGED}",
        f"Via: 1.1 {FORGED}",
    ],
)
def test_a_forged_address_is_not_believed(
    server: ProductionServer, forged: str
) -> None:
    """The proxy adds what it saw, as one more header or at the end of the last."""
    assert address_of(server, forged, PROXYS) == "203.0.113.7"
    if forged.startswith("X-Forwarded-For"):
        assert address_of(server, f"{forged}, 203.0.113.7") == "203.0.113.7"
    else:
        assert address_of(server, forged) == PEER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "_hidden",
        f"{FORGED}:443",
        f'for="{FORGED}"',
        f"{FORGED}/32",
        "0x7f.1",
        "1.2.3.4.5",
        "<script>",
        '"},{"severity": "ERROR"',
        "::1%ada.invented@mail.example",
        f"fe80::1%{'x' * 5000}",
    ],
)
def test_what_is_no_address_gets_into_no_log(
    server: ProductionServer, text: str
) -> None:
    seen = address_of(server, f"X-Forwarded-For: {FORGED}, {text}")

    assert seen in {PEER, "::1", "fe80::1"}


def test_the_protocol_of_proxies_is_not_spoken(server: ProductionServer) -> None:
    line = f"PROXY TCP4 {FORGED} 10.0.0.1 5000 5000\r\n".encode()
    assert server.send(line + request("/running")).status == 400


EVIL = "evil.example"
HOSTS = {
    "Host": ([], EVIL),
    "a port": ([], f"{EVIL}:1"),
    "X-Forwarded-Host": ([f"X-Forwarded-Host: {EVIL}"], "x"),
    "X-Host": ([f"X-Host: {EVIL}"], "x"),
    "X-Forwarded-Server": ([f"X-Forwarded-Server: {EVIL}"], "x"),
    "X-HTTP-Host-Override": ([f"X-HTTP-Host-Override: {EVIL}"], "x"),
    "Forwarded": ([f"Forwarded: host={EVIL};proto=https"], "x"),
    "X-Forwarded-Prefix": ([f"X-Forwarded-Prefix: //{EVIL}"], "x"),
    "Origin": ([f"Origin: https://{EVIL}"], "x"),
    "Referer": ([f"Referer: https://{EVIL}/"], "x"),
}
PAGES = [
    "/running",
    "/openapi.json",
    "/docs",
    "/admin/",
    "/admin/login/",
    "/admin/logout/",
    "/nothing",
    "/dhos/v1/roles",
    "/dhos/v1/clinician/A1",
]


@pytest.mark.parametrize(("headers", "host"), HOSTS.values(), ids=HOSTS)
def test_no_answer_repeats_a_forged_host(
    server: ProductionServer, headers: list[str], host: str
) -> None:
    for page in PAGES:
        answer = server.send(request(page, TOKEN, *headers, host=host))
        assert 200 <= answer.status < 600
        assert EVIL not in str(answer.headers)
        assert EVIL.encode() not in answer.body, page
        location = answer.header("Location") or "/"
        assert location.startswith("/")
        assert not location.startswith("//")


@pytest.mark.parametrize(
    "header",
    [
        "X-Original-URL: /metrics",
        "X-Rewrite-URL: /metrics",
        "X-Forwarded-Path: /metrics",
    ],
)
def test_no_header_leads_to_another_route(
    server: ProductionServer, header: str
) -> None:
    assert server.send(request("/running", header)).body == b'{"running":true}'


def test_two_hosts_are_refused(server: ProductionServer) -> None:
    answer = server.send(request("/running", f"Host: {EVIL}"))
    assert answer.status == 400


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_no_header_makes_another_method_of_one(
    server: ProductionServer, method: str
) -> None:
    names = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    headers = [f"{name}: {method}" for name in names]
    assert server.send(request("/running", *headers)).status == 200


# What splits a header somewhere: as it is, percent-encoded, as letters whose lower
# byte is a line break, and what a browser or a proxy may take for one.
BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\x0b",
    "\x85",
    "\r\n ",
    "%0d%0a",
    "%E5%98%8A%E5%98%8D",
    "\u560a\u560d".encode().decode("latin-1"),
    "\u2028".encode().decode("latin-1"),
    "é".encode().decode("latin-1"),
    "\\r\\n",
]
REFLECTED = {
    "X-Request-ID",
    "X-Correlation-ID",
    "X-Amzn-Trace-Id",
    "X-Forwarded-Prefix",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "If-None-Match",
    "Origin",
}


@pytest.mark.parametrize("name", sorted(REFLECTED))
@pytest.mark.parametrize("broken", BREAKS, ids=ascii)
def test_no_header_of_a_request_splits_an_answer(
    server: ProductionServer, name: str, broken: str
) -> None:
    for target in ("/running", "/admin/", "/nothing"):
        answer = server.send(request(target, f"{name}: /a{broken}X-Injected: yes"))
        assert_whole(answer.headers)


@pytest.mark.parametrize("broken", BREAKS, ids=ascii)
def test_no_address_of_a_request_splits_an_answer(
    server: ProductionServer, broken: str
) -> None:
    for injected in (broken, quote(broken, encoding="latin-1")):
        given = f"{injected}X-Injected:%20yes"
        for target in (
            f"/admin{given}",
            f"/admin/?{given}",
            f"/docs?{given}",
            f"/{given}",
        ):
            answer = server.send(request(target))
            assert_whole(answer.headers)
        for method in ("OPTIONS", "BREW"):
            answer = server.send(request(f"/dhos/v1/clinician/{given}", method=method))
            assert_whole(answer.headers)


def assert_whole(headers: list[tuple[str, str]]) -> None:
    """Check that nothing has come into the headers, and that they are plain text."""
    names = [name.lower() for name, _ in headers]
    assert "x-injected" not in names
    assert len(set(names)) == len(names)
    assert all(value.isascii() and value.isprintable() for _, value in headers)
