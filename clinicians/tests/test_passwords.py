"""Checking a password, and what it costs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from clinicians import passwords
from clinicians.hashers import (
    ClinicianArgon2PasswordHasher,
    PolarisScryptPasswordHasher,
)

RIGHT = "Pass@word1!"
LEGACY = PolarisScryptPasswordHasher()

Costs = Counter[str]


def costs_of(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Count the real hashes: one Argon2id is a check or a new one."""
    passwords.check("warms the decoys", None, legacy_in_use=True)
    counted: Costs = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            counted[name] += 1
            return function(*args, **kwargs)

        return run

    for hasher, method, name in [
        (ClinicianArgon2PasswordHasher, "verify", "argon2"),
        (ClinicianArgon2PasswordHasher, "encode", "argon2"),
        (PolarisScryptPasswordHasher, "encode", "legacy"),
    ]:
        monkeypatch.setattr(hasher, method, counting(name, getattr(hasher, method)))
    return counted


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    return costs_of(monkeypatch)


def stored(kind: str) -> str | None:
    if kind == "none":
        return None
    if kind == "blank":
        return ""
    return make_password(RIGHT) if kind == "argon2" else LEGACY.encode(RIGHT, "A" * 32)


@pytest.mark.parametrize("kind", ["none", "blank", "argon2", "legacy"])
@pytest.mark.parametrize("password", ["", "wrong", "ä" * 1024, RIGHT + "x" * 1014])
@pytest.mark.parametrize("legacy_in_use", [True, False])
def test_every_failure_costs_the_same(
    kind: str, password: str, legacy_in_use: bool, costs: Costs
) -> None:
    encoded = stored(kind)
    costs.clear()

    verdict = passwords.check(password, encoded, legacy_in_use=legacy_in_use)

    assert verdict == passwords.Verdict(correct=False)
    legacy = int(legacy_in_use or kind == "legacy")
    assert costs == Counter(argon2=1, legacy=legacy)


@pytest.mark.parametrize("legacy_in_use", [True, False])
def test_right_password(legacy_in_use: bool) -> None:
    verdict = passwords.check(RIGHT, stored("argon2"), legacy_in_use=legacy_in_use)
    assert verdict == passwords.Verdict(correct=True, replacement=None)


def test_right_password_with_a_legacy_hash_gets_a_new_one() -> None:
    verdict = passwords.check(RIGHT, stored("legacy"), legacy_in_use=True)
    assert verdict.correct
    replacement = verdict.replacement
    assert replacement is not None
    assert replacement.startswith("argon2$argon2id$")
    assert passwords.check(RIGHT, replacement, legacy_in_use=False).correct


def test_right_password_with_a_weaker_argon2_gets_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as weaker:
        weaker.setattr(ClinicianArgon2PasswordHasher, "memory_cost", 1024)
        encoded = make_password(RIGHT)
    verdict = passwords.check(RIGHT, encoded, legacy_in_use=False)
    assert verdict.correct
    assert verdict.replacement is not None
    assert "m=19456" in verdict.replacement


@pytest.mark.parametrize("password", ["", "x" * 1025])
@pytest.mark.parametrize("kind", ["argon2", "legacy"])
def test_what_could_never_be_set_is_wrong_even_if_it_were_stored(
    password: str, kind: str
) -> None:
    encoded = (
        make_password(password)
        if kind == "argon2"
        else LEGACY.encode(password, "A" * 32)
    )
    assert not passwords.check(password, encoded, legacy_in_use=True).correct


@pytest.mark.parametrize("password", ["x" * 1024, "😀" * 1024, "ä", " ", "a\u0308"])
def test_any_printable_text_is_compared_as_given(password: str) -> None:
    encoded = make_password(password)
    assert passwords.check(password, encoded, legacy_in_use=False).correct
    assert not passwords.check(password + " ", encoded, legacy_in_use=False).correct
