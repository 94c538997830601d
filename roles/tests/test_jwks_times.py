"""When an issuer's keys are fetched, and what is said until then."""

from types import SimpleNamespace

import pytest

from roles import jwks
from roles.jwks import KeySet
from roles.tests.key_server import KeyServer, hang_up
from users_service.exceptions import Unavailable


@pytest.mark.parametrize(("cooldown", "wait"), [(0, 1), (1.4, 1), (30, 30)])
def test_who_is_sent_away_is_told_when_to_come_again(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch, cooldown: float, wait: int
) -> None:
    key_server.fault = hang_up
    keys = KeySet(key_server.url, cooldown)
    monkeypatch.setattr(jwks, "time", SimpleNamespace(monotonic=lambda: 7.0))

    with pytest.raises(Unavailable) as refused:
        keys.key("one")

    assert refused.value.retry_after == wait


def test_a_machine_that_has_just_started_fetches_at_once(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "time", SimpleNamespace(monotonic=lambda: 0.0))

    assert KeySet(key_server.url, cooldown=30).key("one") is not None


def test_each_fetch_that_brings_keys_is_counted_once(key_server: KeyServer) -> None:
    before = KeySet.fetches
    keys = KeySet(key_server.url, cooldown=0)

    keys.key("one")
    assert KeySet.fetches == before + 1
    key_server.fault = hang_up
    with pytest.raises(Unavailable):
        keys.key("two")
    assert KeySet.fetches == before + 1
