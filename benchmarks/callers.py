"""Writers and readers that call the service while something else is measured."""

import http.client
import json
import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import NamedTuple

from benchmarks import files

CLINICIAN = "/dhos/v1/clinician"
PAGE = "/dhos/v2/clinicians?limit=25"
READ, OF_FILE, OTHER = "read", "write, of the file", "write, of another"
"""The kinds of answers."""


class Chosen(NamedTuple):
    """The ids of clinicians that are in the file, and of as many others."""

    of_file: list[str]
    others: list[str]


class Answer(NamedTuple):
    """How one request was answered."""

    kind: str
    status: int
    seconds: float
    text: bytes


class Caller(NamedTuple):
    """Asks the service, each time over a new connection."""

    port: int
    token: str

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        kind: str = "",
    ) -> Answer:
        """Return the answer to one request."""
        before = time.perf_counter()
        own = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {**own, **(headers or {})})
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return Answer(kind, answer.status, time.perf_counter() - before, read)


class Beside(NamedTuple):
    """Writers and as many readers, each of which pauses between its requests."""

    caller: Caller
    chosen: Chosen
    number: int
    pause: float

    @contextmanager
    def calling(self) -> Iterator[list[Answer]]:
        """Let them ask for the block's time; gives the answers, which become more."""
        answers: list[Answer] = []
        over = Event()
        with ThreadPoolExecutor(2 * self.number) as pool:
            running = [
                pool.submit(self._ask, index, answers, over)
                for index in range(2 * self.number)
            ]
            try:
                yield answers
            finally:
                over.set()
        for each in running:
            each.result()

    def _ask(self, index: int, answers: list[Answer], over: Event) -> None:
        ask = self._read if index % 2 else self._write
        chooser = random.Random(index)
        while not over.wait(chooser.uniform(0, 2 * self.pause)):
            answers.append(ask(index // 2, chooser)._replace(text=b""))

    def _read(self, index: int, chooser: random.Random) -> Answer:
        """Ask for a clinician, a third of the readers for those of a location.

        One asks for pages: their total is counted, which in a large store costs as
        much as twenty other reads.
        """
        path = f"{CLINICIAN}/{chooser.choice(chooser.choice(self.chosen))}"
        if index == 0:
            path = f"{PAGE}&offset={25 * chooser.randrange(100)}"
        elif index % 3 == 0:
            path = f"/dhos/v1/location/{files.location_id(chooser)}/clinician"
        return self.caller.ask("GET", path, kind=READ)

    def _write(self, index: int, chooser: random.Random) -> Answer:
        """Change a clinician, half of the writers one of the file."""
        kind = OF_FILE if index % 2 else OTHER
        ids = self.chosen.of_file if index % 2 else self.chosen.others
        body = {"job_title": str(chooser.random())}
        path = f"{CLINICIAN}/{chooser.choice(ids)}"
        return self.caller.ask("PATCH", path, body, kind=kind)
