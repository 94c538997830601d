"""System checks of the settings: what runs, but should not stay as it is.

Django prints them at every command, and the server logs them when it starts.
"""

from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.core import checks

from roles.issuers import is_public_key
from users_service.database_conditions import wrong_conditions

START = "start"
HS_KEY_BYTES = 32
RSA_KEY_BITS = 2048

SHORT_HS_KEY = checks.Warning(
    f"HS_KEY is shorter than {HS_KEY_BYTES} bytes: its tokens can be forged.",
    hint=(
        "Change it together with the services that share it; HS_KEY_PREVIOUS keeps "
        "the old one valid meanwhile."
    ),
    id="users_service.W001",
)
SHORT_RSA_KEY = checks.Warning(
    f"HS_KEY is an RSA key of less than {RSA_KEY_BITS} bits: its tokens can be forged.",
    hint="Have the platform sign with a longer one; HS_KEY_PREVIOUS takes the old one.",
    id="users_service.W005",
)
NO_SECRET_KEY = checks.Warning(
    "SECRET_KEY is not set: the API runs, /admin is off.",
    hint="Set it to a random text of 50 characters or more.",
    id="users_service.W002",
)
VALIDATION_UNWANTED = checks.Warning(
    "IGNORE_JWT_VALIDATION is set, and ignored: tokens are always checked.",
    hint="Remove it; `manage.py issue_token` makes tokens for development.",
    id="users_service.W003",
)
DEFAULT_BROKER_PASSWORD = checks.Warning(
    "RABBITMQ_PASSWORD is the one that every new RabbitMQ has.",
    hint="Give the publisher an account of its own at the broker (docs/events.md).",
    id="users_service.W004",
)


@checks.register(START, checks.Tags.security)
def check_start(*_args: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning for each setting that somebody should put right."""
    found: list[checks.CheckMessage] = []
    if settings.IS_PRODUCTION and len(settings.HS_KEY.encode()) < HS_KEY_BYTES:
        found.append(SHORT_HS_KEY)
    if settings.IS_PRODUCTION and _is_short_rsa_key(settings.HS_KEY):
        found.append(SHORT_RSA_KEY)
    if settings.IS_PRODUCTION and not settings.SECRET_KEY_IS_SET:
        found.append(NO_SECRET_KEY)
    if settings.JWT_VALIDATION_UNWANTED:
        found.append(VALIDATION_UNWANTED)
    if settings.IS_PRODUCTION and _has_default_broker_password():
        found.append(DEFAULT_BROKER_PASSWORD)
    return found


@checks.register(checks.Tags.database)
def check_database(
    *_args: Any, databases: Iterable[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Return what is wrong with the database, for `migrate` and `check --database`."""
    if "default" not in (databases or ()):
        return []
    return [
        checks.Error(each.wrong, hint=each.type_this, id="users_service.E001")
        if each.is_refused
        else checks.Warning(each.wrong, hint=each.type_this, id="users_service.W006")
        for each in wrong_conditions()
    ]


def _is_short_rsa_key(text: str) -> bool:
    if not is_public_key(text):
        return False
    try:
        key = load_pem_public_key(text.strip().encode())
    except ValueError:
        return False  # `roles.access_checks` says that it cannot be used
    return isinstance(key, RSAPublicKey) and key.key_size < RSA_KEY_BITS


def _has_default_broker_password() -> bool:
    return settings.EVENTS_ENABLED and settings.RABBITMQ_PASSWORD == "guest"
