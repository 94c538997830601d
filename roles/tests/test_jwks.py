"""Fetching and keeping an issuer's keys, from a real server over HTTP."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from threading import Barrier
from typing import Any

import pytest

from roles import jwks
from roles.jwks import KeySet, rsa_keys
from roles.tests.key_server import FAULTS, KeyServer, hang_up
from roles.tests.keys import jwk
from users_service.exceptions import Unavailable

AN_HOUR = 3600


def test_an_unknown_key_is_fetched_once_per_cooldown(key_server: KeyServer) -> None:
    keys = KeySet(key_server.url, cooldown=AN_HOUR)

    assert keys.key("one") is not None
    key_server.document = {"keys": [jwk("two")]}
    assert keys.key("two") is None
    assert keys.key("three") is None
    assert key_server.fetches == 1


def test_after_the_cooldown_a_new_key_is_found(key_server: KeyServer) -> None:
    keys = KeySet(key_server.url, cooldown=0)

    assert keys.key("one") is not None
    key_server.document = {"keys": [jwk("two")]}
    assert keys.key("two") is not None
    assert keys.key("one") is None
    assert key_server.fetches == 3


def test_a_withdrawn_key_goes_with_the_next_fetch(key_server: KeyServer) -> None:
    keys = KeySet(key_server.url, cooldown=0)
    keys.key("one")

    key_server.document = {"keys": [jwk("two")]}
    keys.key("two")

    assert keys.key("one") is None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_fetch_is_unavailable_and_counts_for_the_cooldown(
    key_server: KeyServer, fault: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    key_server.fault = fault
    keys = KeySet(key_server.url, cooldown=AN_HOUR)

    for _ in range(2):
        with pytest.raises(Unavailable):
            keys.key("one")

    assert key_server.fetches == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_known_keys_serve_on_when_a_fetch_fails(
    key_server: KeyServer, fault: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    keys = KeySet(key_server.url, cooldown=0)
    keys.key("one")
    key_server.fault = fault

    with pytest.raises(Unavailable):
        keys.key("two")
    assert keys.key("one") is not None


@pytest.mark.parametrize("document", [{"keys": []}, {"keys": {}}, {}, [], None])
def test_known_keys_serve_on_when_a_fetch_brings_none(
    key_server: KeyServer, document: Any
) -> None:
    keys = KeySet(key_server.url, cooldown=0)
    keys.key("one")
    key_server.document = document

    with pytest.raises(Unavailable):
        keys.key("two")
    assert keys.key("one") is not None


def test_after_a_failure_the_keys_are_found_again(key_server: KeyServer) -> None:
    key_server.fault = hang_up
    keys = KeySet(key_server.url, cooldown=0)
    with pytest.raises(Unavailable):
        keys.key("one")

    key_server.fault = None
    assert keys.key("one") is not None
    assert keys.key("two") is None


def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        keys = KeySet(f"http://127.0.0.1:{unused.getsockname()[1]}/", cooldown=AN_HOUR)
        with pytest.raises(Unavailable):
            keys.key("one")


def test_a_server_that_does_not_answer_in_time_is_unavailable(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jwks.TIMEOUT_SECONDS == 5
    monkeypatch.setattr(jwks, "TIMEOUT_SECONDS", 0.1)
    key_server.proceed.clear()

    with pytest.raises(Unavailable):
        KeySet(key_server.url, cooldown=AN_HOUR).key("one")


def test_whoever_waits_too_long_for_the_fetching_thread_is_told(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_server.proceed.clear()
    keys = KeySet(key_server.url, cooldown=AN_HOUR)
    with ThreadPoolExecutor() as pool:
        fetching = pool.submit(keys.key, "one")
        assert key_server.arrived.wait(timeout=5)
        monkeypatch.setattr(jwks, "TIMEOUT_SECONDS", 0.05)
        with pytest.raises(Unavailable):
            keys.key("one")
        key_server.proceed.set()
        assert fetching.result() is not None


def test_many_threads_cause_one_fetch(key_server: KeyServer) -> None:
    key_server.proceed.clear()
    keys = KeySet(key_server.url, cooldown=0)
    starting = Barrier(9)

    def look_up() -> bool:
        starting.wait(timeout=5)
        return keys.key("one") is not None

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(look_up) for _ in range(8)]
        starting.wait(timeout=5)
        assert key_server.arrived.wait(timeout=5)
        key_server.proceed.set()
        assert all(each.result() for each in found)

    assert key_server.fetches == 1


def test_a_redirect_is_not_followed(key_server: KeyServer) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", key_server.url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    key_server.fault = elsewhere
    with pytest.raises(Unavailable):
        KeySet(key_server.url, cooldown=AN_HOUR).key("one")
    assert key_server.fetches == 1


@pytest.mark.parametrize(
    "unusable",
    [
        "text",
        None,
        {},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "bad", "use": "sig"},
        {"kty": "EC", "crv": "P-256", "x": "", "y": "", "kid": "bad", "use": "sig"},
        jwk("one", kid=7),
        jwk("one", kid="bad", use="enc"),
        jwk("one", kid="bad", n="!"),
        jwk("one", kid="bad", n=7),
        jwk("one", kid="bad", e=None),
    ],
)
def test_one_unusable_entry_does_not_spoil_the_others(unusable: Any) -> None:
    assert set(rsa_keys({"keys": [unusable, jwk("one")]})) == {"one"}


def test_a_key_without_a_use_is_for_signatures() -> None:
    entry = jwk("one")
    del entry["use"]

    assert set(rsa_keys({"keys": [entry]})) == {"one"}
