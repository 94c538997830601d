"""Killing publishers under load: what is lost, reordered, and sent twice."""

import bz2
import json
import random
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any, NamedTuple

from users_service.publisher.tests import rabbit

WRITERS = 4
CLINICIANS = 50
PER_SECOND = 400
MOMENT = 0.3
Process = subprocess.Popen[bytes]


class Outcome(NamedTuple):
    """What a consumer saw of what was written."""

    written: int
    lost: int
    reordered: int
    """Messages seen for the first time after a later one of the same clinician."""
    duplicates: int
    overtaken: int
    """Duplicates that came after a later message of the same clinician."""


def crash(publishers: int, kills: int, start: Callable[[], Process]) -> Outcome:
    """Write steadily while one publisher after another is killed -9 and replaced."""
    running = [start() for _ in range(publishers)]
    over = Event()
    written: list[int] = []
    writers = [Thread(target=_write, args=[n, over, written]) for n in range(WRITERS)]
    with rabbit.listening() as listener:
        for writer in writers:
            writer.start()
        for _ in range(kills):
            before = _published()
            rabbit.wait_for(partial(_has_published, before))
            time.sleep(random.uniform(0, MOMENT))
            victim = running.pop(0)
            victim.kill()
            victim.wait()
            running.append(start())
        over.set()
        for writer in writers:
            writer.join()
        rabbit.wait_for(lambda: _waiting() == 0, seconds=60)
        for each in running:
            each.terminate()
            each.wait()
        return judge(listener.rest(), sum(written))


def judge(messages: list[Any], written: int) -> Outcome:
    """Compare what arrived with what was written."""
    seen: set[str] = set()
    latest: dict[str, int] = defaultdict(int)
    reordered = overtaken = 0
    for message in messages:
        body = json.loads(bz2.decompress(message.body))
        clinician, number = body["clinician"], body["number"]
        late = number < latest[clinician]
        if message.properties["message_id"] in seen:
            overtaken += late
        else:
            reordered += late
        seen.add(message.properties["message_id"])
        latest[clinician] = max(latest[clinician], number)
    return Outcome(
        written, written - len(seen), reordered, len(messages) - len(seen), overtaken
    )


def _write(writer: int, over: Event, written: list[int]) -> None:
    from django.db import connection  # noqa: PLC0415

    from users_service.journal.outbox import UPDATED, announce  # noqa: PLC0415

    number = 0
    while not over.wait(WRITERS / PER_SECOND):
        number += 1
        clinician = f"{writer}-{number % CLINICIANS}"
        body = json.dumps({"clinician": clinician, "number": number})
        announce(routing_key=UPDATED, body=body, clinician_id=clinician)
    written.append(number)
    connection.close()


def _waiting() -> int:
    from users_service.journal.outbox import backlog  # noqa: PLC0415

    return backlog().number


def _has_published(before: int) -> bool:
    return _published() > before


def _published() -> int:
    from users_service.journal.models import DeliveryCounts  # noqa: PLC0415

    return (DeliveryCounts.objects.first() or DeliveryCounts()).published
