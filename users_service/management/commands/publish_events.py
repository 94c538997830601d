"""`manage.py publish_events`: take stored messages to RabbitMQ while it runs."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

logger = structlog.get_logger("users_service.publisher")

BEAT_SECONDS = 1.0


class Command(BaseCommand):
    """Run a publisher until SIGTERM or Ctrl-C; several may run, one of them works."""

    help = "Deliver stored messages to RabbitMQ until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --parent and --heartbeat."""
        parser.add_argument(
            "--parent",
            type=int,
            metavar="PID",
            help="end as soon as this process, which started it, has ended",
        )
        parser.add_argument(
            "--heartbeat",
            type=Path,
            metavar="FILE",
            help="touch this file every second while it turns, whatever fails",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish; without a broker there is nothing to do, and no error.

        Raises CommandError for a file that cannot be touched.
        """
        if not settings.EVENTS_ENABLED:
            logger.warning("No broker (RABBITMQ_HOST): messages stay stored")
            return
        # Only here: no other command needs the AMQP library.
        from users_service.publisher.loop import Publisher  # noqa: PLC0415

        beat = _heart(options["heartbeat"])
        stop = Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        parent = options["parent"] or os.getppid()
        watched = bool(options["parent"])

        def orphaned() -> bool:
            beat()
            return watched and os.getppid() != parent

        logger.info("Publisher started")
        Publisher(stop, orphaned=orphaned).run()
        logger.info("Publisher ended")


def _heart(file: Path | None) -> Callable[[], None]:
    """Return what touches the file, but not more often than once in a second."""
    if file is None:
        return lambda: None
    try:
        file.touch()
    except OSError as error:
        raise CommandError(f"--heartbeat {file}: {error.strerror}") from None
    touched = time.monotonic()

    def beat() -> None:
        nonlocal touched
        if time.monotonic() - touched >= BEAT_SECONDS:
            file.touch()
            touched = time.monotonic()

    return beat
