"""Measure the publisher: `python -m benchmarks.publisher --help`.

Needs RabbitMQ and rabbitmqctl on this machine: everything happens in a virtual host
and a database of its own, which are dropped afterwards.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from sys import getsizeof
from tempfile import TemporaryDirectory

from benchmarks import people, service
from benchmarks.crashes import crash
from benchmarks.databases import scratch_database
from users_service.publisher.tests import rabbit

PATCHES = 100
LARGE = ((60, 12_000_000), (100, 5_800_000), (5_000, 100_000))
LANES = 50


def main() -> None:
    """Measure the drain rate and the time to the queue, then try crashes."""
    options = read_options()
    with TemporaryDirectory() as text, virtual_host() as vhost:
        os.environ.update(
            RABBITMQ_HOST=rabbit.HOST,
            RABBITMQ_PORT=str(rabbit.PORT),
            RABBITMQ_USERNAME=rabbit.USERNAME,
            RABBITMQ_PASSWORD=rabbit.PASSWORD,
            RABBITMQ_VHOST=vhost,
        )
        with scratch_database(Path(text)) as (database, variables):
            service.prepare(variables)
            people.load(options.clinicians)
            print(f"{database}, {options.clinicians} clinicians")
            drain(options.messages)
            for number, size in LARGE:
                large(number, size)
            latency()
            for publishers in (1, 2):
                outcome = crash(publishers, options.kills, start)
                print(f"{publishers} publishers, {options.kills} kills: {outcome}")


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.publisher", description=__doc__
    )
    parser.add_argument("--clinicians", type=int, default=2000)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    return parser.parse_args()


@contextmanager
def virtual_host() -> Iterator[str]:
    """Give an empty virtual host."""
    hosts = rabbit.VirtualHosts()
    try:
        yield hosts.take()
    finally:
        hosts.delete_all()


@contextmanager
def publishing(number: int = 1) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Run publishers as in production; what they log goes nowhere."""
    running = [start() for _ in range(number)]
    try:
        yield running
    finally:
        for each in running:
            each.terminate()
            each.wait()


def start() -> "subprocess.Popen[bytes]":
    """Start a publisher."""
    command = [sys.executable, "manage.py", "publish_events"]
    return subprocess.Popen(command, cwd=service.PROJECT, stdout=subprocess.DEVNULL)


def drain(number: int) -> None:
    """Print how fast a backlog gets to the broker."""
    store_messages(number)
    with rabbit.listening() as listener, publishing():
        rabbit.wait_for(lambda: backlog_number() == 0, seconds=300)
        assert len(listener) == number
        print(f"drained {number} messages at {number / marking_seconds():.0f}/s")
        listener.queue.purge()


def store_messages(number: int) -> None:
    """Store changes of all clinicians in turn, with their real bodies."""
    from clinicians import documents  # noqa: PLC0415
    from clinicians.forms import Form  # noqa: PLC0415
    from clinicians.models import Clinician  # noqa: PLC0415
    from users_service.journal.models import OutboxMessage  # noqa: PLC0415
    from users_service.journal.outbox import UPDATED  # noqa: PLC0415

    bodies = {
        each: documents.existing(Form.EVENT, each).json
        for each in Clinician.objects.values_list("pk", flat=True)
    }
    clinicians = list(bodies)
    chosen = (clinicians[index % len(clinicians)] for index in range(number))
    OutboxMessage.objects.bulk_create(
        (
            OutboxMessage(
                size=getsizeof(bodies[each]),
                routing_key=UPDATED,
                body=bodies[each],
                correlation_id="benchmark",
                clinician_id=each,
            )
            for each in chosen
        ),
        batch_size=1000,
    )


def backlog_number() -> int:
    """Return how many messages wait."""
    from users_service.journal.outbox import backlog  # noqa: PLC0415

    return backlog().number


def large(number: int, size: int) -> None:
    """Print the publisher's largest memory while it delivers large messages."""
    from users_service.journal.models import OutboxMessage  # noqa: PLC0415
    from users_service.journal.outbox import UPDATED, announce  # noqa: PLC0415

    for index in range(number):
        announce(routing_key=UPDATED, body="x" * size, clinician_id=f"{index % LANES}")
    with publishing() as (process,):
        rabbit.wait_for(lambda: backlog_number() == 0, seconds=300)
        status = Path(f"/proc/{process.pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{number} messages of {size:,} bytes: {peak:.0f} MiB at most")
    OutboxMessage.objects.all().delete()


def marking_seconds() -> float:
    """Return the time between the first and the last mark."""
    from django.db.models import Max, Min  # noqa: PLC0415

    from users_service.journal.models import OutboxMessage  # noqa: PLC0415

    found = OutboxMessage.objects.aggregate(a=Min("delivered"), b=Max("delivered"))
    return float((found["b"] - found["a"]).total_seconds())


def latency() -> None:
    """Print the time from the answer to a PATCH until its message is in a queue."""
    import requests  # noqa: PLC0415

    path = f"/dhos/v1/clinician/{people.clinician_id(0)}"
    taken = []
    headers = {"Authorization": f"Bearer {service.mint()}"}
    with rabbit.listening() as listener, service.serving() as port, publishing():
        for index in range(PATCHES):
            url = f"http://127.0.0.1:{port}{path}"
            requests.patch(url, json={"job_title": str(index)}, headers=headers)
            answered = time.perf_counter()
            listener.take(1)
            if index:  # the first waits for the publisher to start
                taken.append((time.perf_counter() - answered) * 1000)
    worst = quantiles(taken, n=20)[-1]
    print(f"answer to queue: median {median(taken):.0f} ms, 95 % within {worst:.0f} ms")


if __name__ == "__main__":
    main()
