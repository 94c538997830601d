import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.checks import run_checks
from django.test import override_settings

GOOD = {
    "IS_PRODUCTION": True,
    "HS_KEY": "k" * 32,
    "SECRET_KEY_IS_SET": True,
    "JWT_VALIDATION_UNWANTED": False,
    "EVENTS_ENABLED": True,
    "RABBITMQ_PASSWORD": "one of its own",
}


def warnings(**settings: object) -> list[str | None]:
    with override_settings(**GOOD | settings):
        return [warning.id for warning in run_checks(tags=["start"])]


def test_good_settings_warn_of_nothing() -> None:
    assert warnings() == []


@pytest.mark.parametrize("key", ["secret", "k" * 31])
def test_a_short_key_in_production_is_warned_of(key: str) -> None:
    assert warnings(HS_KEY=key) == ["users_service.W001"]


def test_a_key_is_measured_in_bytes() -> None:
    assert warnings(HS_KEY="é" * 16) == []


def public_key(bits: int) -> str:
    key = generate_private_key(65537, bits).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_short_public_key_in_production_is_warned_of() -> None:
    short = public_key(1024)
    assert warnings(HS_KEY=short) == ["users_service.W005"]
    assert warnings(HS_KEY=short, IS_PRODUCTION=False) == []
    assert warnings(HS_KEY=public_key(2048)) == []


def test_a_public_key_that_is_none_is_no_matter_of_length() -> None:
    none = "-----BEGIN PUBLIC KEY-----\nnot base64 at all\n-----END PUBLIC KEY-----"
    assert warnings(HS_KEY=none) == []


def test_no_secret_key_in_production_is_warned_of() -> None:
    assert warnings(SECRET_KEY_IS_SET=False) == ["users_service.W002"]


def test_the_brokers_own_password_in_production_is_warned_of() -> None:
    assert warnings(RABBITMQ_PASSWORD="guest") == ["users_service.W004"]
    assert warnings(RABBITMQ_PASSWORD="guest", EVENTS_ENABLED=False) == []


def test_outside_production_none_of_these_is() -> None:
    found = warnings(
        IS_PRODUCTION=False,
        HS_KEY="secret",
        SECRET_KEY_IS_SET=False,
        RABBITMQ_PASSWORD="guest",
    )
    assert found == []


@pytest.mark.parametrize("production", [True, False])
def test_unwanted_validation_is_warned_of(*, production: bool) -> None:
    found = warnings(IS_PRODUCTION=production, JWT_VALIDATION_UNWANTED=True)
    assert found == ["users_service.W003"]
