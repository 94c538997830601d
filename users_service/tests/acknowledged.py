"""Writers that remember what they were told, and whether it is true afterwards."""

import secrets
import time
from collections import Counter
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import Any, NamedTuple, Protocol

import requests

from clinicians.testing import clinician_body
from users_service.tests.live import at_work

CREATED, CHANGED = "midwife", "nurse"
UNANSWERED = 0
TIMEOUT = 120
STORED = """
SELECT c.nhs_smartcard_number, c.job_title, count(m.id)
FROM clinicians_clinician c
LEFT JOIN journal_outboxmessage m ON m.clinician_id = c.uuid
GROUP BY c.uuid
"""


class Database(Protocol):
    """Where the writes should be."""

    def rows(self, query: str, /) -> list[Any]:
        """Return the rows of a query."""


class Answer(NamedTuple):
    """What became of one write; moments are in seconds."""

    card: str
    """The smartcard's number, by which the writer knows the clinician."""
    job_title: str
    sent: float
    answered: float
    status: int
    retry_after: str


class Writers:
    """Threads that create a clinician, change it, and go on with the next."""

    def __init__(self, url: str, headers: dict[str, str], number: int) -> None:
        self.answers: list[Answer] = []
        self._url = url
        self._headers = headers
        self._name = secrets.token_hex(4)
        self._over = Event()
        self._threads = [Thread(target=self._write, args=[n]) for n in range(number)]

    def at_work(self) -> AbstractContextManager[None]:
        """Let them write for the block's time, and finish what they are at."""
        return at_work(self._threads, self._over)

    def acknowledged(self, since: float = 0) -> list[Answer]:
        """Return the writes that were acknowledged, and sent at a moment or later."""
        found = [each for each in self.answers if each.sent >= since]
        return [each for each in found if each.status == requests.codes.ok]

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered; 0 is no answer."""
        return Counter(each.status for each in self.answers)

    def refused(self) -> list[Answer]:
        """Return the writes that were not acknowledged."""
        return [each for each in self.answers if each.status != requests.codes.ok]

    def _write(self, writer: int) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            card = f"{self._name}-{writer}-{number}"
            body = clinician_body(nhs_smartcard_number=card, job_title=CREATED)
            created = self._ask("POST", "", card, body)
            if created is not None:
                path = f"/{created['uuid']}"
                self._ask("PATCH", path, card, {"job_title": CHANGED})

    def _ask(self, method: str, path: str, card: str, body: dict[str, Any]) -> Any:
        """Write, and remember; return the clinician, or None if it was refused."""
        sent, status, retry_after, changed = time.monotonic(), UNANSWERED, "", None
        try:
            answer = requests.request(
                method,
                f"{self._url}/dhos/v1/clinician{path}",
                json=body,
                headers=self._headers,
                timeout=TIMEOUT,
            )
        except requests.RequestException:
            pass
        else:
            status = answer.status_code
            retry_after = answer.headers.get("Retry-After", "")
            changed = answer.json() if answer.ok else None
        title = str(body["job_title"])
        done = Answer(card, title, sent, time.monotonic(), status, retry_after)
        self.answers.append(done)
        return changed


def missing(database: Database, writes: list[Answer]) -> list[Answer]:
    """Return the writes that a database does not have, or not with their messages.

    A change is there if the clinician has what it said, a creation also if it was
    changed since; each of these writes has stored a message.
    """
    stored = {
        card: (title, messages) for card, title, messages in database.rows(STORED)
    }
    number = Counter(each.card for each in writes)

    def is_there(write: Answer) -> bool:
        title, messages = stored.get(write.card, ("", 0))
        titles = {write.job_title, CHANGED}
        return title in titles and messages >= number[write.card]

    return [each for each in writes if not is_there(each)]
