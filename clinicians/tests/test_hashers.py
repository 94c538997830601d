"""The two password hashes."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import (
    check_password,
    get_hasher,
    identify_hasher,
    make_password,
)

from clinicians import passwords
from clinicians.hashers import (
    LEGACY_PREFIX,
    ClinicianArgon2PasswordHasher,
    PolarisScryptPasswordHasher,
)

# What the Polaris Users API stored: password, salt, hash.
VECTORS = [
    (
        "Pass@word1!",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
        (
            "2d67ef67ff9d0d1f4d4534f599adb320a2d95398e8a5faf39d72eccf744a821a"
            "17e72f0d835485191d95bbaa2e7f98546d091bbe0d48c79410c49261819bf4b4"
            "8c98cab5c18271b38572c32d4f6d4e969054a11e19d372efa5629882abe5d3dd"
            "4b1ee3029641398de8f708adafde8bb4f6b32e11b1ad6872b1419cf5fb39283e"
            "225ccb8392f7c37f46e9e4674ad47b1ce0cba5d0ada47b05427dc9479a512d51"
            "fdef79a510cbf2793927746c97e1fe53bd4a7bc166b7fe40dd48f038d1da264c"
            "4b8894fc4538761be0fd9bc1f98e535856330d2749c77f98917285809d8e8474"
            "4761f389eb3fba7c9a9dc5b7b0bc607c91226f8739128468e3af7a709225fc56"
        ),
    ),
    (
        "pässwörd",
        "0123456789ABCDEFGHIJKLMNOPQRSTUV",
        (
            "b983086e17b3eb856b776d488b8d74baf458e688eeff5279b2ddef697ee8a7f3"
            "9c9dc63213677ab4316310685ff115c01bbe51e4b9aa8499c8824a8b9cab8b37"
            "8aab3af4a7991b0b0f4d5e33b772e58593c8d7f5ec36e1cbc79757cbb178a657"
            "7d8d344bb2d04cfc63058410758d1fcd3c282cf43f8d8ba265165b18a129f515"
            "30067ab6e0ecb2385a714fd9af02af8cade7f08a09c4b749f537a01a5145b8ae"
            "d34e5bd6d7c95263343f02f3366ecbdb9fa70bfdf41eaf9138ddd6c300038993"
            "14b911bcfbbcfeb7068a34e0dd7ca99f4d0b7b571fdb1c549c462586f87489e2"
            "35e583e6436b2a9932427e1d170dfa2615e367b6e8f898f65600225e4cdcfa50"
        ),
    ),
]


@pytest.mark.parametrize(("password", "salt", "digest"), VECTORS)
def test_legacy_vectors(password: str, salt: str, digest: str) -> None:
    hasher = PolarisScryptPasswordHasher()
    encoded = f"{LEGACY_PREFIX}{salt}${digest}"
    assert hasher.encode(password, salt) == encoded
    assert passwords.from_legacy(digest, salt) == encoded
    assert passwords.from_legacy(digest.upper(), salt) == encoded
    assert check_password(password, encoded)


@pytest.mark.parametrize(
    "wrong", ["", "Pass@word1", "pass@word1!", "Pass@word1! ", "pa\u0308sswo\u0308rd"]
)
def test_legacy_hash_refuses_another_password(wrong: str) -> None:
    hasher = PolarisScryptPasswordHasher()
    for _, salt, digest in VECTORS:
        assert not hasher.verify(wrong, hasher.stored(digest, salt))


def test_legacy_salt_may_hold_the_separator() -> None:
    salt = "$" * 31 + "A"
    hasher = PolarisScryptPasswordHasher()
    encoded = hasher.encode("secret", salt)
    assert hasher.decode(encoded)["salt"] == salt
    assert hasher.verify("secret", encoded)


def test_half_a_legacy_credential_is_none() -> None:
    assert passwords.from_legacy(None, "x") is None
    assert passwords.from_legacy("x", None) is None
    assert passwords.from_legacy(None, None) is None


def test_legacy_hash_is_always_outdated_and_never_chosen() -> None:
    hasher = PolarisScryptPasswordHasher()
    encoded = hasher.encode("x", hasher.salt())
    assert hasher.must_update(encoded)
    assert identify_hasher(encoded).algorithm == "polaris_scrypt"
    assert not make_password("x").startswith(LEGACY_PREFIX)


def test_summary_of_a_legacy_hash_shows_nothing_of_it() -> None:
    hasher = PolarisScryptPasswordHasher()
    summary = hasher.safe_summary(hasher.encode("x", hasher.salt()))
    assert summary == {"algorithm": "polaris_scrypt"}


def test_hardening_a_legacy_hash_costs_nothing() -> None:
    hasher = PolarisScryptPasswordHasher()
    hasher.harden_runtime("x", hasher.encode("x", hasher.salt()))


def test_new_passwords_are_argon2id_of_the_chosen_cost() -> None:
    encoded = make_password("x")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(get_hasher(), ClinicianArgon2PasswordHasher)
    assert len(settings.PASSWORD_HASHERS) == 2


def test_the_longest_stored_text_fits_its_column() -> None:
    hasher = PolarisScryptPasswordHasher()
    assert len(hasher.encode("x", hasher.salt())) < 1000
    assert len(make_password("x" * passwords.MAX_LENGTH)) < 1000
