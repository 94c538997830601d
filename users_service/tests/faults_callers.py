"""Callers that keep a server busy, and whether what they were told is true."""

import http.client
import json
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

from clinicians.testing import clinician_body
from clinicians.tests.commanded import Store
from users_service.tests.live import TIMEOUT, LiveServer, at_work

CUT, REFUSED = 0, -1
"""No whole answer to what was sent; not even a connection."""

BULK = 100
"""What real callers send at a time."""


class Call(NamedTuple):
    """A request and what became of it; moments are in seconds."""

    kind: str
    ids: tuple[str, ...]
    outcome: int
    """The answer's status, CUT or REFUSED."""
    sent: float
    answered: float


class Asked(NamedTuple):
    """A request: which clinicians it makes, and how."""

    ids: tuple[str, ...]
    method: str
    path: str
    body: Any = None


def creating(name: str) -> Asked:
    """Create a clinician."""
    return Asked((name,), "POST", "/dhos/v1/clinician", _item(name))


def moving_in(name: str) -> Asked:
    """Bring many along, each with what only history has."""
    ids = tuple(f"{name}-{number}" for number in range(BULK))
    agreement = {"product_name": "GDM", "version": 1}
    items = [{**_item(each), "terms_agreements": [agreement]} for each in ids]
    return Asked(ids, "POST", "/dhos/v1/clinician/bulk", items)


def listing(_name: str) -> Asked:
    """Read an answer that takes more than one packet."""
    return Asked((), "GET", "/dhos/v2/clinicians?expanded=true&limit=100")


KINDS = {"create": creating, "bulk": moving_in, "list": listing}


def _item(name: str) -> dict[str, Any]:
    return clinician_body(
        uuid=name,
        email_address=f"{name}@load.example",
        locations=["L1", "L2"],
        groups=["GDM Clinician", "GDM Superclinician"],
        products=[{"product_name": "GDM"}, {"product_name": "DBM"}],
    )


class Callers:
    """A thread per given kind of request, each with the next after the last.

    Those of `kept` keep their connection alive, and send the next request at once; the
    others open a connection for each. Whoever is refused a connection stops.
    """

    def __init__(
        self, server: LiveServer, kinds: Sequence[str], *, kept: Sequence[str] = ()
    ) -> None:
        self.calls: list[Call] = []
        self._port = server.port
        self._headers = {**server.headers, "Content-Type": "application/json"}
        self._name = secrets.token_hex(4)
        self._over = Event()
        self._threads = [
            Thread(target=self._work, args=[number, kind, number >= len(kinds)])
            for number, kind in enumerate((*kinds, *kept))
        ]

    def at_work(self) -> AbstractContextManager[None]:
        """Let them call for the block's time, and finish what they are at."""
        return at_work(self._threads, self._over)

    def join(self) -> None:
        """Wait until each has ended."""
        for each in self._threads:
            each.join()

    def acknowledged(self, since: float = 0) -> list[Call]:
        """Return the calls that were answered with 200, and sent then or later."""
        found = [each for each in self.calls if each.sent >= since]
        return [each for each in found if each.outcome == HTTPStatus.OK]

    @property
    def outcomes(self) -> Counter[int]:
        """How often it came to what."""
        return Counter(each.outcome for each in self.calls)

    def _work(self, caller: int, kind: str, kept: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, TIMEOUT)
        outcome = CUT
        for number in count():
            if self._over.is_set() or outcome == REFUSED:
                break
            asked = KINDS[kind](f"{self._name}-{caller}-{number}")
            sent = time.monotonic()
            outcome = self._ask(connection, asked)
            self.calls.append(Call(kind, asked.ids, outcome, sent, time.monotonic()))
            if not kept:
                connection.close()
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, asked: Asked) -> int:
        body = None if asked.body is None else json.dumps(asked.body)
        try:
            if connection.sock is None:
                connection.connect()
            connection.request(asked.method, asked.path, body, self._headers)
            answer = connection.getresponse()
            answer.read()  # raises when it ends early
        except ConnectionRefusedError:
            return REFUSED
        except (OSError, http.client.HTTPException):
            connection.close()
            return CUT
        return answer.status


class Parts(NamedTuple):
    """How much hangs on a clinician, and what the journal says of it."""

    products: int
    roles: int
    locations: int
    agreements: int
    created: int
    imported: int
    messages: int


WHOLE = {
    "create": Parts(2, 2, 2, 0, created=1, imported=0, messages=2),
    "bulk": Parts(2, 2, 2, 1, created=0, imported=1, messages=0),
}
COUNTED = (
    "clinicians_product WHERE",
    "clinicians_clinicianrole WHERE",
    "clinicians_clinicianlocation WHERE",
    "clinicians_termsagreement WHERE",
    "journal_auditentry WHERE action = 'clinician.created' AND",
    "journal_auditentry WHERE action = 'clinician.imported' AND",
    "journal_outboxmessage WHERE",
)
COUNTS = ", ".join(
    f"(SELECT count(*) FROM {each} clinician_id = c.uuid)" for each in COUNTED
)
STORED = f"SELECT c.uuid, {COUNTS} FROM clinicians_clinician c"
STRAY = " UNION ALL ".join(
    f"SELECT clinician_id FROM {each} clinician_id NOT IN"
    " (SELECT uuid FROM clinicians_clinician)"
    for each in COUNTED
)


class Findings(NamedTuple):
    """What is in the store, against what callers were told."""

    whole: int
    """Clinicians with all that belongs to them, in the journal too."""
    unanswered: int
    """Requests that are there, though nobody was told so."""
    faults: list[str]


def findings(store: Store, calls: Iterable[Call]) -> Findings:
    """Compare the store with what these calls, which alone wrote to it, came to."""
    stored = {uuid: Parts(*counts) for uuid, *counts in store.rows(STORED)}
    whole, unanswered, faults = set[str](), 0, list[str]()
    for call in calls:
        there = [each for each in call.ids if each in stored]
        whole.update(each for each in there if stored[each] == WHOLE[call.kind])
        unanswered += call.outcome == CUT and bool(there)
        if len(there) not in {0, len(call.ids)}:
            faults.append(f"{len(there)} of the {call.kind} {call.ids[0]}")
        if call.outcome == HTTPStatus.OK and len(there) < len(call.ids):
            faults.append(f"acknowledged and lost: {call.kind} {call.ids[0]}")
    faults += (f"{each}: {stored[each]}" for each in stored.keys() - whole)
    faults += (f"of {name}, who is not there" for (name,) in store.rows(STRAY))
    return Findings(len(whole), unanswered, faults)


def workers(server: LiveServer) -> list[int]:
    """Return the server's worker processes, the oldest first."""
    master = server.process.pid
    children = Path(f"/proc/{master}/task/{master}/children")
    return [int(each) for each in children.read_text().split()]
