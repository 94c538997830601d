"""What the log says of staff who log in and out, by numbers and keyed hashes.

The same line has the id of the request, whose own line has the address.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.dispatch import receiver

from users_service.staff_lockout import account_key

logger = structlog.get_logger(__name__)


@receiver(user_logged_in)
def on_login(user: User, **_kwargs: Any) -> None:
    """Log that a password was right."""
    logger.info("Staff password accepted", account=user.pk)


@receiver(user_login_failed)
def on_failure(credentials: Mapping[str, Any], **_kwargs: Any) -> None:
    """Log that it was wrong, or that the account is locked; never what was typed."""
    key = account_key(str(credentials.get("username") or ""))
    logger.warning("Staff password refused", username_hash=key)


@receiver(user_logged_out)
def on_logout(user: User | None, **_kwargs: Any) -> None:
    """Log that somebody has logged out, if they were in."""
    if user is not None:
        logger.info("Staff logged out", account=user.pk)


def on_code(user: User, *, accepted: bool) -> None:
    """Log what came of a code of the second factor; never the code."""
    if accepted:
        logger.info("Staff second factor accepted", account=user.pk)
    else:
        logger.warning("Staff second factor refused", account=user.pk)
