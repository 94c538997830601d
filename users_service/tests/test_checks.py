import pytest
from django.core.checks import run_checks
from django.test import override_settings

GOOD = {
    "IS_PRODUCTION": True,
    "HS_KEY": "k" * 32,
    "SECRET_KEY_IS_SET": True,
    "JWT_VALIDATION_UNWANTED": False,
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


def test_no_secret_key_in_production_is_warned_of() -> None:
    assert warnings(SECRET_KEY_IS_SET=False) == ["users_service.W002"]


def test_outside_production_neither_is() -> None:
    found = warnings(IS_PRODUCTION=False, HS_KEY="secret", SECRET_KEY_IS_SET=False)
    assert found == []


@pytest.mark.parametrize("production", [True, False])
def test_unwanted_validation_is_warned_of(*, production: bool) -> None:
    found = warnings(IS_PRODUCTION=production, JWT_VALIDATION_UNWANTED=True)
    assert found == ["users_service.W003"]
