"""What the service is told, and keeps, in every write: found nowhere else."""

import logging
import secrets
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from users_service.journal.audit import Operator, record
from users_service.journal.outbox import announce
from users_service.tests import planted
from users_service.tests.deeds import DEEDS, Perform
from users_service.tests.deeds.table import ADDRESS, PASSWORD
from users_service.tests.planted import Watch

watch = planted.watch
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

PEOPLE = (ADDRESS, "Invented", "0700 000000", "bo@example.org")
"""Of whom the deeds are."""


@pytest.mark.parametrize("perform", DEEDS.values(), ids=DEEDS)
@override_settings(ALLOW_DROP_DATA=True)
def test_a_write_tells_no_secret_and_logs_nobody(
    perform: Perform,
    admin_user: User,
    watch: Watch,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    admin_user.set_password(PASSWORD)
    admin_user.save()
    browser = Client()
    browser.force_login(admin_user, settings.AUTHENTICATION_BACKENDS[-1])
    perform(browser, f"staff:{admin_user.pk}")
    Client().get("/running")  # some writes log nothing
    watch.printed += capsys.readouterr()

    assert watch.found([PASSWORD, *watch.own_secrets()], PEOPLE) == []
    record_property("figure", f"{len(watch.answers)} answers")


def put_into_session(text: str) -> None:
    session = Client().session
    session["left"] = text
    session.save()


LEAKS: dict[str, Callable[[str], Any]] = {
    "log": lambda text: structlog.get_logger("a.name").warning("Said", value=[text]),
    "message": lambda text: logging.getLogger("a.name").error("Lost %s", text),
    "header": lambda text: Client().get("/running", headers={"X-Request-ID": text}),
    "outbox": lambda text: announce(routing_key="x", body=text, clinician_id=None),
    "trail": lambda text: record(
        actor=Operator("x"), action="x", clinician_id=None, changes={"x": text}
    ),
    "session": put_into_session,
    "base 64": lambda text: logging.getLogger("a.name").error(
        b64encode(f"ada:{text}".encode()).decode()
    ),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_what_leaks_is_found(leak: Callable[[str], Any], watch: Watch) -> None:
    leaked = f"Zq7Leaked{secrets.token_hex(8)}"
    Client().get("/running")
    assert watch.found([leaked]) == []
    leak(leaked)

    assert {place for place, _ in watch.found([leaked])} != set()
