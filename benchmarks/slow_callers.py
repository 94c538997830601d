"""Measure what others see while slow callers hold connections.

`python -m benchmarks.slow_callers`, or --help. For each kind so many connections are
opened; from 10 s after the last of them /running, /healthcheck and a read by id are
asked for over new connections, and compared with before.
"""

import argparse
import http.client
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import NamedTuple

from benchmarks import service
from benchmarks.databases import scratch_database

SETTLING_SECONDS = 10
READERS = 4
STORED = 200
UNREAD = "/openapi.json"
RECEIVE_BUFFER_BYTES = 2048


class Kind(NamedTuple):
    """What a slow caller sends, and what it sends on every few seconds."""

    first: bytes
    more: bytes = b""


def kinds(token: str) -> dict[str, Kind]:
    """Return the kinds of slow callers."""
    host, authorised = b"Host: localhost\r\n", f"Authorization: Bearer {token}\r\n"
    post = b"POST /dhos/v1/clinician HTTP/1.1\r\n" + host
    with_token = post + authorised.encode() + b"Content-Type: application/json\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n"
    unread = f"GET {UNREAD} HTTP/1.1\r\n".encode() + host + b"\r\n"
    running = b"GET /running HTTP/1.1\r\n" + host
    return {
        "silent": Kind(b""),
        "half a head": Kind(post),
        "chunked without a token": Kind(post + chunked + b"\r\n"),
        "body with a token": Kind(with_token + b"Content-Length: 100\r\n\r\n"),
        "answer not read": Kind(unread * 10),
        "100 answers not read": Kind(unread * 100),
        "close not closed": Kind(running + b"Connection: close\r\n\r\n"),
        "head that trickles": Kind(running + b"X-Slow: ", b"x"),
        "body that trickles": Kind(with_token + chunked + b"\r\n", b"1\r\n \r\n"),
        "pipelined, not read": Kind((running + b"\r\n") * 20),
        "HTTP/1.0": Kind(
            with_token.replace(b"1.1", b"1.0") + b"Content-Length: 9\r\n\r\n"
        ),
        "expects 100": Kind(
            with_token + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        ),
    }


def main() -> None:
    """Print what others saw, kind by kind."""
    options = read_options()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with (
        TemporaryDirectory() as folder,
        TemporaryDirectory() as spool,
        scratch_database(Path(folder)) as (database, variables),
    ):
        service.prepare(variables)
        store_clinicians()
        token = service.mint()
        print(f"{database}, {options.connections} connections of each kind")
        every = kinds(token)
        mixed = list(every.values())
        for name in options.kind or [*every, "mixture"]:
            sent = mixed if name == "mixture" else [every[name]]
            with service.started(TMPDIR=spool) as served:
                seen = measured(sent, served.port, token, Path(spool), options)
            print(f"{name:24} {seen}", flush=True)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--kind", action="append", help="may be given again")
    return parser.parse_args()


def store_clinicians() -> None:
    """Store clinicians, whose ids are numbers."""
    from clinicians.models import Clinician  # noqa: PLC0415

    Clinician.objects.bulk_create([Clinician(uuid=str(n)) for n in range(STORED)])


def measured(
    sent: list[Kind], port: int, token: str, spool: Path, options: argparse.Namespace
) -> str:
    """Return what others saw beside these slow callers."""
    for _ in range(16):  # warms up every worker, as does what follows
        seconds_of(port, UNREAD, token)
    read(port, token, 2)
    calm = read(port, token, options.seconds)
    before = stored(spool)
    with held(port, sent, options.connections) as answers:
        time.sleep(SETTLING_SECONDS)
        waited = read(port, token, options.seconds)
        grown = stored(spool) - before
        closed = answers()
    ratio = median(waited["read"]) / median(calm["read"])
    return (
        f"/running {max(waited['/running']):.3f} s, "
        f"/healthcheck {max(waited['/healthcheck']):.3f} s, read by id "
        f"{1000 * median(waited['read']):.1f} ms, ratio {ratio:.2f}; temporary folder "
        f"{grown} bytes more; {closed}; load {os.getloadavg()[0]:.1f}"
    )


def stored(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


@contextmanager
def held(port: int, sent: list[Kind], number: int) -> Iterator[Callable[[], str]]:
    """Hold connections for the block's time; gives what says how many are closed."""
    opened = []
    for kind, _ in zip(cycle(sent), range(number), strict=False):
        opened.append((open_one(port, kind.first), kind))
    over = Event()
    trickling = Thread(target=trickle, args=(opened, over))
    trickling.start()
    try:
        yield lambda: describe([each for each, _ in opened])
    finally:
        over.set()
        trickling.join()
        for each, _ in opened:
            each.close()


def open_one(port: int, first: bytes) -> socket.socket:
    """Connect with a small buffer and send what it begins with."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    caller.settimeout(30)
    caller.connect(("127.0.0.1", port))
    caller.settimeout(0)
    with suppress(OSError):
        caller.send(first)
    return caller


def trickle(opened: list[tuple[socket.socket, Kind]], over: Event) -> None:
    """Send the little that some kinds send every few seconds."""
    while not over.wait(3):
        for caller, kind in opened:
            with suppress(OSError):
                caller.send(kind.more)


def describe(callers: list[socket.socket]) -> str:
    """Return how many were answered what; only their first bytes are looked at."""
    seen: dict[str, int] = {}
    for caller in callers:
        try:
            first = caller.recv(12, socket.MSG_PEEK)
            kind = first[9:12].decode() if first else "closed"
        except BlockingIOError:
            kind = "open"
        except OSError:
            kind = "closed"
        seen[kind] = seen.get(kind, 0) + 1
    return ", ".join(f"{number} {kind}" for kind, number in sorted(seen.items()))


def read(port: int, token: str, seconds: float) -> Mapping[str, list[float]]:
    """Ask in turn for so long, a few at a time; return the seconds of each answer."""
    until = time.perf_counter() + seconds
    taken: dict[str, list[float]] = {"/running": [], "/healthcheck": [], "read": []}

    def ask(number: int) -> None:
        while time.perf_counter() < until:
            for name, answered in taken.items():
                path = f"/dhos/v1/clinician/{number}" if name == "read" else name
                answered.append(seconds_of(port, path, token))
            time.sleep(0.02)

    with ThreadPoolExecutor(READERS) as pool:
        for each in [pool.submit(ask, number) for number in range(READERS)]:
            each.result()
    return taken


def seconds_of(port: int, path: str, token: str) -> float:
    """Return how long an answer takes over a new connection; fail unless it is 200."""
    before = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise SystemExit(f"{path} is answered {answer.status}")
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
