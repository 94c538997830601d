"""Tokens that come again."""

from typing import Any

import pytest
import time_machine

from roles.issuers import StrictBackend
from roles.testing import token_for
from roles.tests.test_tokens import NOW, OTHER_KEY, refusal
from roles.tokens import read_token


def test_a_token_is_verified_once_but_its_times_whenever_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verified: list[str] = []
    decode = StrictBackend.decode

    def counting(self: StrictBackend, token: str) -> dict[str, Any]:
        verified.append(token)
        return decode(self, token)

    monkeypatch.setattr(StrictBackend, "decode", counting)
    token = token_for("a", exp=NOW + 60, nbf=NOW)

    with time_machine.travel(NOW, tick=False) as clock:
        assert read_token(token) == read_token(token)
        clock.move_to(NOW + 60)
        assert refusal(token) == "token: expired"
        clock.move_to(NOW - 11)
        assert refusal(token) == "token: not valid yet"
    assert verified == [token]


def test_a_refused_token_is_examined_whenever_it_comes() -> None:
    token = token_for("a", key=OTHER_KEY)
    for _ in range(2):
        assert refusal(token) == "token: signature does not verify"
