"""Which stored texts of passwords an import takes."""

import re

import pytest
from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
    make_password,
)
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinicians import passwords
from clinicians.hashers import (
    LEGACY_PREFIX,
    MOST_MEMORY,
    MOST_PASSES,
    ClinicianArgon2PasswordHasher,
    PolarisScryptPasswordHasher,
    is_stored_hash,
)

SALT = "c29tZXNhbHRzb21lc2FsdA"
DIGEST = "vK0QpL8a2dH4y9w1uR7mZQ5tXn3bE6sJfCgAiOlUhDk"
ARGON2 = f"argon2$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}"
LEGACY = f"{LEGACY_PREFIX}{'A1' * 16}${'0f' * 256}"


def accepted(text: str) -> bool:
    """Return whether an import takes it."""
    try:
        is_stored_hash(text)
    except ValidationError:
        return False
    return True


def argon2(memory: object = 19456, passes: object = 2, lanes: object = 1) -> str:
    """Return a stored text with these parameters."""
    return f"argon2$argon2id$v=19$m={memory},t={passes},p={lanes}${SALT}${DIGEST}"


@pytest.mark.parametrize("password", ["", "x", "Pass@word1!", "pässwörd😀", "x" * 1024])
def test_what_this_service_stores_is_accepted(password: str) -> None:
    assert accepted(make_password(password))
    legacy = PolarisScryptPasswordHasher()
    assert accepted(legacy.encode(password, legacy.salt()))


@pytest.mark.parametrize("salt", ["$" * 32, "!~" * 16, "a" * 32, "$argon2$" * 4])
def test_a_legacy_salt_may_hold_any_printable_ascii(salt: str) -> None:
    assert accepted(PolarisScryptPasswordHasher().stored("0f" * 256, salt))


def test_a_legacy_hash_is_stored_in_lower_case() -> None:
    stored = passwords.from_legacy("0F" * 256, "A1" * 16)
    assert stored == LEGACY
    assert accepted(LEGACY)


@pytest.mark.parametrize(
    "text",
    [
        argon2(memory=8, passes=1),
        argon2(memory=MOST_MEMORY, passes=MOST_PASSES, lanes=4),
    ],
)
def test_other_costs_up_to_a_limit_are_accepted(text: str) -> None:
    assert accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        argon2(memory=2_000_000),
        argon2(memory=MOST_MEMORY + 1),
        argon2(memory=99_999_999),
        argon2(memory=0),
        argon2(memory="019456"),
        argon2(memory=-1),
        argon2(memory="1e5"),
        argon2(memory=" 8"),
        argon2(memory="١٩"),
        argon2(memory=""),
        argon2(passes=9),
        argon2(passes=MOST_PASSES + 1),
        argon2(passes=0),
        argon2(passes=22),
        argon2(lanes=16),
        argon2(lanes=5),
        argon2(lanes=0),
        argon2(lanes="1,x=1"),
    ],
)
def test_hostile_parameters_are_refused(text: str) -> None:
    assert not accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        PBKDF2PasswordHasher().encode("x", "salt", iterations=1),
        ScryptPasswordHasher().encode("x", "salt", n=2),
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "$2b$12$abcdefghijklmnopqrstuuJzYt8Vn2Wq0y3e5lO7cKd1gHsBmXfPi",
        f"argon2$argon2i$v=19$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"argon2$argon2d$v=19$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"argon2$argon2id$v=16$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"argon2$argon2id$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"argon2$argon2id$v=19$t=2,m=19456,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}",
    ],
)
def test_other_algorithms_are_refused(text: str) -> None:
    assert not accepted(text)


@pytest.mark.parametrize("text", [ARGON2, LEGACY])
def test_nothing_may_stand_around_it(text: str) -> None:
    assert accepted(text)
    for bad in (
        f"{text}\n",
        f"{text}\r\n",
        f"\n{text}",
        f" {text}",
        f"{text} ",
        f"{text}$",
        f"{text}=",
        f"{text}\0",
        f"{text}\n{text}",
        text.upper(),
        text.replace("$", ":"),
        "!" + text,
    ):
        assert not accepted(bad), bad


@pytest.mark.parametrize(
    "text",
    [
        LEGACY.replace("0f", "0F"),
        LEGACY.replace("0f", "0g"),
        LEGACY[:-1],
        LEGACY + "0",
        LEGACY.replace("A1", "A "),
        LEGACY.replace("A1", "Aé"),
        LEGACY.replace("A1", "A\n"),
        LEGACY.replace("A1", "A", 1),
        LEGACY.replace("A1", "A1A", 1),
        LEGACY.replace("0f", "\N{ARABIC-INDIC DIGIT ZERO}f"),
        "",
        "!",
        "$",
        "x" * 1000,
        "0" * 512,
        "argon2$" * 142,
        "polaris_scrypt$",
        f"{LEGACY_PREFIX}{'x' * 1000}",
        ARGON2.replace(SALT, ""),
        ARGON2.replace(SALT, "c29tZ_NhbHRzb21lc2FsdA"),
        ARGON2.replace(SALT, "x" * 87),
        ARGON2.replace(DIGEST, "x" * 21),
        ARGON2.replace(DIGEST, "x" * 87),
        ARGON2.replace(DIGEST, "x" * 900),
    ],
)
def test_junk_is_refused(text: str) -> None:
    assert not accepted(text)


@settings(deadline=None, max_examples=200)
@given(
    st.integers(0, len(ARGON2) - 1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2),
)
@example(len("argon2$argon2id$v=19$m="), "9")
@example(len("argon2$argon2id$v=19$m=19456,t="), "9")
def test_no_change_makes_it_dearer_than_the_limit(place: int, change: str) -> None:
    text = ARGON2[:place] + change + ARGON2[place + 1 :]
    if accepted(text):
        memory, passes, lanes = re.findall(r"[mtp]=([0-9]+)", text)
        assert int(memory) <= MOST_MEMORY
        assert int(passes) <= MOST_PASSES
        assert int(lanes) <= 4


@pytest.mark.parametrize(
    "text",
    [
        argon2(memory=1, passes=1),
        argon2(memory=8, passes=1, lanes=4),
        argon2(memory=8, passes=1).replace(SALT, "x" * 13),
        argon2(memory=8, passes=1).replace(DIGEST, "x" * 25),
        LEGACY,
    ],
)
def test_what_is_accepted_makes_no_login_fail_with_an_error(text: str) -> None:
    assert accepted(text)
    assert passwords.check("x", text, legacy_in_use=False) == (False, None)


def test_a_hash_of_other_costs_logs_in_and_is_replaced() -> None:
    class Cheap(ClinicianArgon2PasswordHasher):
        time_cost = 1
        memory_cost = 64

    text = Cheap().encode("secret", "a" * 22)
    assert accepted(text)
    verdict = passwords.check("secret", text, legacy_in_use=False)

    assert verdict.correct
    assert verdict.replacement
    assert verdict.replacement.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
