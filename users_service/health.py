"""/healthcheck: whether what the service needs is there (HTTP contract)."""

import socket
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse

from users_service.database_conditions import wrong_conditions
from users_service.journal.outbox import backlog
from users_service.monitoring import MonitoringView

Checker = Callable[[], tuple[bool, str]]

BROKER_SECONDS = 2.0


def database() -> tuple[bool, str]:
    """Ask the database whether it is as it has to be."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    wrong = [str(each) for each in wrong_conditions() if each.is_refused]
    return not wrong, " ".join(wrong) or "The database answers"


def migrations() -> tuple[bool, str]:
    """Compare the migrations in the code with those that the database had."""
    missing = (
        known_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    )
    if missing:
        return False, f"{len(missing)} migrations are not applied"
    return True, "All migrations are applied"


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return app label and name of every migration in the code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def broker() -> tuple[bool, str]:
    """Knock at the broker's door.

    The API does not need it: that it is away is a failure only once messages have
    waited for too long.
    """
    # Only here: a service without a broker needs no AMQP library.
    from users_service.publisher.broker import ERRORS, reach  # noqa: PLC0415

    try:
        reach(BROKER_SECONDS)
    except ERRORS as error:
        return not overdue(), f"The broker does not answer: {type(error).__name__}"
    return True, "The broker answers"


def events() -> tuple[bool, str]:
    """Look how long messages have been waiting for delivery."""
    waiting = backlog()
    if not waiting.number:
        return True, "No message waits"
    told = f"{waiting.number} messages wait, the oldest for {waiting.age:.0f} s"
    if waiting.failed:
        told += f"; {waiting.failed} failed"
    return waiting.age <= settings.EVENTS_ALARM_SECONDS, told


def overdue() -> bool:
    """Return whether a message has waited for longer than EVENTS_ALARM_SECONDS."""
    return backlog().age > settings.EVENTS_ALARM_SECONDS


CHECKERS: tuple[Checker, ...] = (database, migrations)
# Where a broker is set.
EVENT_CHECKERS: tuple[Checker, ...] = (broker, events)


def run(checker: Checker) -> dict[str, Any]:
    """Return the checker's result; an error of the database is a failure, by name."""
    started = time.perf_counter()
    try:
        passed, output = checker()
    except Error as error:
        passed, output = False, f"The database failed: {type(error).__name__}"
    return {
        "checker": checker.__name__,
        "output": output,
        "passed": passed,
        "timestamp": time.time(),
        "response_time": round(time.perf_counter() - started, 6),
    }


class HealthView(MonitoringView):
    """Readiness: 200 when every checker has passed, else 503."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Answer with the result of every checker."""
        checkers = CHECKERS + (EVENT_CHECKERS if settings.EVENTS_ENABLED else ())
        results = [run(checker) for checker in checkers]
        healthy = all(result["passed"] for result in results)
        body = {
            "hostname": socket.gethostname(),
            "status": "success" if healthy else "failure",
            "timestamp": time.time(),
            "results": results,
        }
        status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return self.json(body, status)
