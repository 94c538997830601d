"""Requests of a size that nobody needs, and those that lie about it, byte by byte."""

import base64
import gzip
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from roles.scopes import Scope
from roles.testing import token_for
from users_service.tests.production import Answer, ProductionServer, request
from users_service.tests.sizes import sized

MIB = 2**20
BODY = 100 * MIB
# What a worker may need more at its worst: no more than a handful of small bodies.
MOST_GROWTH_MIB = 32
ROUNDS = sized(quick=1, soak=20)

CREATE, BULK = "/dhos/v1/clinician", "/dhos/v1/clinician/bulk"
TOKEN = f"Authorization: Bearer {token_for(Scope, system_id='dhos-robot')}"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
PIECE = b" " * MIB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionServer]:
    running = ProductionServer(tmp_path_factory.mktemp("sizes"))
    yield running
    running.stop()


def peak(server: ProductionServer) -> float:
    """Return the most memory that the worker has held since the last `forget_peak`."""
    status = Path(f"/proc/{server.worker()}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def forget_peak(server: ProductionServer) -> None:
    Path(f"/proc/{server.worker()}/clear_refs").write_text("5")


def announced(target: str, *headers: str) -> list[bytes | Iterable[bytes]]:
    length = f"Content-Length: {BODY}"
    head = request(target, *headers, JSON, length, method="POST")
    return [head, [PIECE] * (BODY // MIB)]


def in_chunks(target: str, *headers: str) -> list[bytes | Iterable[bytes]]:
    head = request(target, *headers, JSON, CHUNKED, method="POST")
    chunk = f"{MIB:x}\r\n".encode() + PIECE + b"\r\n"
    return [head, [chunk] * (BODY // MIB), b"0\r\n\r\n"]


class Attack(NamedTuple):
    status: int
    parts: list[bytes | Iterable[bytes]]


LONG_PASSWORD = b'{"password": "' + b"x" * 1_000_000 + b'"}'
LONG_LOGIN = base64.b64encode(b"ada:" + b"x" * 1_000_000).decode()
BOMB = gzip.compress(b" " * BODY)

ATTACKS = {
    "100 MiB announced": Attack(413, announced(CREATE, TOKEN)),
    "100 MiB announced, of strangers": Attack(401, announced(CREATE)),
    "100 MiB announced, in bulk": Attack(413, announced(BULK, TOKEN)),
    "100 MiB in chunks": Attack(413, in_chunks(CREATE, TOKEN)),
    "100 MiB in chunks, of strangers": Attack(401, in_chunks(CREATE)),
    "100 MiB in chunks, in bulk": Attack(413, in_chunks(BULK, TOKEN)),
    "gzip that would be 100 MiB": Attack(
        415,
        [
            request(
                CREATE,
                TOKEN,
                JSON,
                "Content-Encoding: gzip",
                method="POST",
                body=BOMB,
            )
        ],
    ),
    "a header of 64 kB": Attack(431, [request("/running", "X-A: " + "x" * 65536)]),
    "a token of 64 kB": Attack(431, [request(CREATE, f"{TOKEN}{'x' * 65536}")]),
    "a thousand headers": Attack(431, [request("/running", *["X-A: x"] * 1000)]),
    "headers without end": Attack(
        431, [request("/running")[:-2], [b"x" * 65536] * 1000]
    ),
    "an address of 64 kB": Attack(414, [request(f"/running?{'x' * 65536}")]),
    "a password of 1 MB to set": Attack(
        400,
        [
            request(
                f"{CREATE}?email=ada@mail.example",
                TOKEN,
                JSON,
                method="PATCH",
                body=LONG_PASSWORD,
            )
        ],
    ),
    "a password of 1 MB to log in": Attack(
        431,
        [
            request(
                f"{CREATE}/login",
                TOKEN,
                f"UserAuthorization: Bearer {'YTpi' * 350_000}",
            )
        ],
    ),
}


def test_what_is_too_large_is_refused_at_little_cost(
    server: ProductionServer, record_property: Callable[[str, object], None]
) -> None:
    server.send(healthy())
    growths, seconds = [], []
    for name, attack in list(ATTACKS.items()) * ROUNDS:
        forget_peak(server)
        before, started = peak(server), time.monotonic()
        assert (name, server.send(*attack.parts).status) == (name, attack.status)
        seconds.append(time.monotonic() - started)
        growths.append(peak(server) - before)
        assert growths[-1] < MOST_GROWTH_MIB, name
    assert server.send(healthy()).status == 200

    costs = f"+{max(growths):.0f} MiB and {max(seconds):.1f} s at most"
    kinds = f"{len(growths)} requests of {len(ATTACKS)} kinds"
    record_property("figure", f"{kinds}, {costs}")


def healthy() -> bytes:
    return request("/running")


# What follows a head that is no clear end of a message: another request, if taken so.
HIDDEN = request("/version", "X-Request-ID: hidden")

UNCLEAR = {
    "both lengths": [f"Content-Length: {len(HIDDEN)}", CHUNKED],
    "both lengths, the other way round": [CHUNKED, "Content-Length: 0"],
    "two lengths": ["Content-Length: 0", f"Content-Length: {len(HIDDEN)}"],
    "a list of lengths": ["Content-Length: 0, 0"],
    "a signed length": ["Content-Length: +0"],
    "a length below zero": ["Content-Length: -1"],
    "a length of hexadecimal digits": ["Content-Length: 0x0"],
    "a length of other digits": ["Content-Length: \xb2"],
    "no length that ends": ["Transfer-Encoding: gzip"],
    "chunks within chunks": ["Transfer-Encoding: chunked, chunked"],
    "chunks that are not last": ["Transfer-Encoding: chunked, gzip"],
    "something like chunks": ["Transfer-Encoding: xchunked"],
    "a blank before the colon": ["Content-Length : 0"],
    "a folded header": ["X-A: 1", " Content-Length: 0"],
    "a bare line feed": ["X-A: 1\nContent-Length: 0"],
}


@pytest.mark.parametrize("headers", UNCLEAR.values(), ids=UNCLEAR)
def test_where_no_end_of_a_message_is_clear_nothing_after_it_is_read(
    headers: list[str], server: ProductionServer
) -> None:
    answer = server.send(kept_open(CREATE, TOKEN, JSON, *headers), HIDDEN)

    assert answer.status in {400, 501}
    assert b"HTTP/1.1" not in answer.body
    assert_hidden_stays(server)


def kept_open(target: str, *headers: str) -> bytes:
    """Return a request whose connection may carry another one."""
    return request(target, *headers, method="POST").replace(
        b"Connection: close\r\n", b""
    )


def assert_hidden_stays(server: ProductionServer) -> None:
    server.send(request("/running", "X-Request-ID: afterwards"))
    server.logged(lambda line: line["requestID"] == "afterwards")
    assert not [line for line in server.log if line["requestID"] == "hidden"]


def test_where_the_end_is_clear_the_next_request_is_read(
    server: ProductionServer,
) -> None:
    following = request("/version", "X-Request-ID: following")
    server.send(kept_open(CREATE, TOKEN, JSON, "Content-Length: 2"), b"{}", following)

    server.logged(lambda line: line["requestID"] == "following")


@pytest.mark.parametrize("token", [TOKEN, "X-No-Token: x"])
@pytest.mark.parametrize("size", [50_000, 3 * MIB])
def test_the_body_of_a_refused_request_is_never_read_as_a_request(
    token: str, size: int, server: ProductionServer
) -> None:
    body = HIDDEN * (size // len(HIDDEN))
    length = f"Content-Length: {len(body)}"

    answer = server.send(kept_open(CREATE, token, JSON, length), body, healthy())

    assert answer.status in {400, 401, 413}
    assert_hidden_stays(server)


@pytest.mark.parametrize(
    "chunks", [b"5\r\n[1234\r\n", b"ff", b"zz\r\n", b"5\r\n[1234567"]
)
def test_half_a_body_is_refused(chunks: bytes, server: ProductionServer) -> None:
    head = request(CREATE, TOKEN, JSON, CHUNKED, method="POST")
    answer = server.send(head, chunks, hang_up=True)

    assert answer.status in {0, 400}
    assert server.send(healthy()).status == 200


def test_a_body_shorter_than_it_says_is_refused(server: ProductionServer) -> None:
    head = request(CREATE, TOKEN, JSON, "Content-Length: 1000", method="POST")
    answer = server.send(head, b'{"first_name": "Ada"', hang_up=True)
    assert answer.status == 400


def test_no_other_protocol_is_spoken(server: ProductionServer) -> None:
    upgrade = ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
    answer: Answer = server.send(request("/running", *upgrade))
    assert (answer.status, answer.body) == (200, b'{"running":true}')
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    assert server.send(preface).status in {400, 505}
