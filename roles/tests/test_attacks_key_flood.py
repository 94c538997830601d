"""Tokens of unknown keys, more than anybody could look up, at a server of two workers.

Each worker may ask the issuer for its keys once per cool-down, whatever comes in.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from uuid import uuid4

import pytest
from pytest_django import Settings

from roles import issuers
from roles.jwks import KeySet
from roles.scopes import Scope
from roles.testing import token_for
from roles.tests.key_server import KeyServer, server_error
from roles.tests.keys import private_key
from users_service.tests.live import at_once
from users_service.tests.production import ProductionServer, request
from users_service.tests.sizes import sized

AUTH0 = "https://tenant.auth0.example/"
WORKERS = 2
CLIENTS = 16
TOKENS = sized(quick=300, soak=6000)
COOLDOWN = sized(quick=3600, soak=2)

Fault = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def running(folder: Path, key_server: KeyServer) -> Iterator[ProductionServer]:
    """Serve with Auth0 as an issuer; what is asked needs no database."""
    server = ProductionServer(
        folder,
        WEB_CONCURRENCY=str(WORKERS),
        AUTH0_DOMAIN=AUTH0,
        AUTH0_AUDIENCE="users",
        AUTH0_JWKS_URL=key_server.url,
        AUTH0_SCOPE_KEY="scope",
        AUTH0_METADATA="metadata",
        JWKS_COOLDOWN_SECONDS=str(COOLDOWN),
    )
    try:
        yield server
    finally:
        server.stop()


def token(kid: str) -> str:
    """Return a token that is good if the issuer has a key of that id."""
    return token_for(
        Scope,
        key=private_key("one"),
        algorithm="RS256",
        headers={"kid": kid},
        iss=AUTH0,
        aud="users",
    )


def statuses(server: ProductionServer, tokens: list[str]) -> Counter[int]:
    """Send all tokens, many at a time; return how often there was which status."""

    def send(sent: str) -> int:
        bearer = f"Authorization: Bearer {sent}"
        return server.send(request("/dhos/v1/clinician", bearer, method="POST")).status

    return Counter(at_once(send, tokens, threads=CLIENTS))


@pytest.fixture
def auth0(settings: Settings) -> None:
    settings.AUTH0_DOMAIN = AUTH0
    settings.AUTH0_AUDIENCE = "users"
    settings.AUTH0_JWKS_URL = f"{AUTH0}jwks.json"


@pytest.mark.usefixtures("auth0")
def test_the_first_threads_of_a_worker_share_its_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each set of keys has a cool-down of its own, so there must be one."""
    threads = 8
    all_are_making_one = Barrier(threads)

    def make(url: str, cooldown: float) -> KeySet:
        with suppress(BrokenBarrierError):
            all_are_making_one.wait(timeout=0.5)
        return KeySet(url, cooldown)

    monkeypatch.setattr(issuers, "KeySet", make)

    def key_set(_: int) -> KeySet | None:
        return issuers.trusted_issuers()[AUTH0].backends["RS256"][0].key_set

    assert len(set(at_once(key_set, range(threads), threads))) == 1


FAULTS: dict[str, tuple[Fault | None, int]] = {
    "answers": (None, 403),
    "is broken": (server_error, 503),
}
TRIED = sized(quick=["answers"], soak=list(FAULTS))


@pytest.mark.parametrize("issuer", TRIED)
def test_each_worker_asks_for_keys_once_per_cooldown(
    issuer: str,
    tmp_path: Path,
    key_server: KeyServer,
    record_property: Callable[[str, object], None],
) -> None:
    fault, status = FAULTS[issuer]
    key_server.fault = fault
    unknown = [token(str(uuid4())) for _ in range(TOKENS)]
    with running(tmp_path, key_server) as server:
        started = time.monotonic()
        answers = statuses(server, unknown)
        known = statuses(server, [token("one")] * CLIENTS)
        seconds = time.monotonic() - started

    most = WORKERS * (1 + math.floor(seconds / COOLDOWN))
    assert answers == {status: TOKENS}
    assert 1 <= key_server.fetches <= most
    # The body is missing: so far gets who is believed.
    assert set(known) == {400 if fault is None else 503}
    figure = f"{TOKENS:,} unknown keys in {seconds:.0f} s, {key_server.fetches} fetches"
    record_property("figure", f"{figure} (at most {most})")
