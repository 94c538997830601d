"""`manage.py publish_events`: take stored messages to RabbitMQ while it runs."""

import os
import signal
from threading import Event
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

logger = structlog.get_logger("users_service.publisher")


class Command(BaseCommand):
    """Run a publisher until SIGTERM or Ctrl-C; several may run, one of them works."""

    help = "Deliver stored messages to RabbitMQ until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --parent."""
        parser.add_argument(
            "--parent",
            type=int,
            metavar="PID",
            help="end as soon as this process, which started it, has ended",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish; without a broker there is nothing to do, and no error."""
        if not settings.EVENTS_ENABLED:
            logger.warning("No broker (RABBITMQ_HOST): messages stay stored")
            return
        # Only here: no other command needs the AMQP library.
        from users_service.publisher.loop import Publisher  # noqa: PLC0415

        stop = Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        parent = options["parent"] or os.getppid()
        watched = bool(options["parent"])
        logger.info("Publisher started")
        Publisher(stop, orphaned=lambda: watched and os.getppid() != parent).run()
        logger.info("Publisher ended")
