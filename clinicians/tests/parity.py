"""One item moved in both ways: by the bulk route, and by the engine of the command."""

import io
import json
import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from clinicians import documents
from clinicians.forms import Form
from clinicians.models import REQUIRED
from clinicians.testing import Api, json_of
from clinicians.tests.odd_items import DROPPED, PLACES, changed
from clinicians.transfer.checking import BATCH, Checked, checked_batches
from clinicians.transfer.faults import Fault
from clinicians.transfer.importing import Import, Options
from clinicians.transfer.reading import Format, read_items
from roles.callers import Caller
from users_service.tests.odd_values import DAYS, MOMENTS, OF_ANY_TYPE, TEXTS

PATH = "/dhos/v1/clinician/bulk"
SEED = 20_300_131
ROBOT = Caller(id="dhos-robot", kind="system", system_id="dhos-robot")
TWICE = re.compile(r"The (.*) is in the file twice, first on line [0-9]+\.")

ONLY_IN_FILES = {"password", "as_stored", "line", "errors"}
DATES = {"opened_date", "closed_date", "contract_expiry_eod_date"}
NEEDED = {
    *("uuid", "product_name", "products", "password_hash", "password_salt"),
    *("locations", "groups", *REQUIRED),
}
TAKEN = {
    "uuid": "taken",
    "email_address": "taken@mail.example",
    "products": [{"uuid": "taken-p", "product_name": "GDM"}],
    "terms_agreements": [{"uuid": "taken-t", "product_name": "GDM"}],
}
"""Of a clinician who is to be there already."""

Change = tuple[tuple[Any, ...], Any]

GOOD: list[Change] = [
    *((place, DROPPED) for place in PLACES if place[-1] not in NEEDED),
    *((("email_address",), each) for each in (None, "", " ")),
    *((("groups",), each) for each in ([], ["Midwife 2009", "Other", "Other"])),
    *((("locations",), each) for each in ([], ["😀", "x" * 36, "B", "a", "B"])),
    *((("first_name",), each) for each in ("", "  ", "x" * 1000, " e\u0301 ")),
    *((("products", 0, "closed_date"), each) for each in ("2018-1-1", "2030-02-28")),
    *(
        (("products", 0, "product_name"), each)
        for each in ("x", "GDM ", "\u20ac" * 833)
    ),
    *((("terms_agreements", 0, "version"), each) for each in (0, -1, 2**31 - 1, None)),
    *((("terms_agreements",), each) for each in ([], [{"product_name": "x"}])),
    *((("created",), each) for each in ("2019-1-1", "2019-01-01T00:00+14:00", None)),
    *((("login_active",), each) for each in (True, False)),
    (("products", 1, "accessibility_discussed_with"), [1, None]),
    (("products", 0, "uuid"), None),
    (("terms_agreements", 1, "tou_version"), 3),
    (("password_hash",), "f" * 512),
]
TAKING: list[Change] = [
    (("uuid",), "taken"),
    (("email_address",), " TAKEN@Mail.example\t"),
    (("products", 0, "uuid"), "taken-p"),
    (("terms_agreements", 0, "uuid"), "taken-t"),
]


def _odd() -> Iterator[Change]:
    """Yield every odd value in every place where it is the same in both ways."""
    for place in PLACES:
        if len(place) == 1 and place[0] in ONLY_IN_FILES:
            continue
        values = [*OF_ANY_TYPE, *TEXTS[::3], DROPPED]
        values += DAYS if place[-1] in DATES else []
        values += MOMENTS[::4] if str(place[-1]).endswith(("ed", "timestamp")) else []
        for value in values:
            is_missing = place == ("uuid",) and (value is DROPPED or value is None)
            if not is_missing and value != float("inf"):
                yield place, value


def items(number: int) -> Iterator[Any]:
    """Yield so many items, the same every time; about half of them are good.

    Each has ids and an address of its own, unless they are what is odd about it.
    """
    chance = random.Random(SEED)
    odd = list(_odd())
    chance.shuffle(odd)
    for at in range(number):
        own: list[Change] = [
            (("uuid",), f"c{at}"),
            (("email_address",), f" C{at}@Mail.example"),
            (("products", 0, "uuid"), f"p{at}"),
            (("terms_agreements", 0, "uuid"), f"t{at}"),
        ]
        kinds: list[list[Change]] = [
            [GOOD[at % len(GOOD)]],
            [GOOD[at % len(GOOD)], GOOD[at // 2 % len(GOOD)]],
            [odd[at]],
            [odd[at], odd[at + number]],
        ]
        yield changed(*own, *kinds[at % len(kinds)])


def conflicting() -> Iterator[Any]:
    """Yield items that share something with TAKEN, or have something twice."""
    for at, change in enumerate(TAKING):
        yield changed((("uuid",), f"d{at}"), change)
    yield changed(*TAKING)
    yield changed(*TAKING[1:3])
    yield changed((("products", 1, "uuid"), "p1"))
    yield changed((("terms_agreements", 1, "uuid"), "t1"))
    yield changed((("products", 0, "product_name"), "GDM"))
    yield changed(*TAKING, (("job_title",), 1))


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what the block stores."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def by_route(each: list[Any]) -> tuple[str, Any]:
    """Return what the bulk route says: stored, refused or conflict, and why."""
    answer = Api().post(PATH, each)
    body = json_of(answer)
    if answer.status_code == 200:
        return "stored", body["created"]
    if answer.status_code == 409:
        return "conflict", body["message"]
    assert answer.status_code == 400, body
    return "refused", body["errors"]


def read(each: list[Any], size: int = BATCH) -> Iterator[list[Checked]]:
    """Yield batches of these items, as they come from a file."""
    file = io.BytesIO("".join(json.dumps(item) + "\n" for item in each).encode())
    return checked_batches(read_items(file, Format.NDJSON), size)


def by_engine(
    batches: Iterable[list[Checked]], options: Options | None = None
) -> tuple[int, list[Fault]]:
    """Return how many the engine of the command stores, and all faults."""
    faults: list[Fault] = []
    one = Import(
        actor=ROBOT,
        options=options or Options(),
        on_refused=lambda _, found: faults.extend(found),
    )
    return one.run(batches).created, faults


def is_conflict(fault: Fault) -> bool:
    """Return whether an item is refused for what others hold already."""
    return fault.detail != fault.message


def as_the_route_says(fault: Fault) -> str:
    """Return the detail of a conflict in the words of the bulk route."""
    return TWICE.sub(r"\1 is in the request twice", fault.detail)


def state(item: Any) -> Any:
    """Return all that is stored of a clinician, ids apart that were made up."""
    found = documents.by_id(Form.BACKUP, item["uuid"])
    assert found
    whole = json.loads(found.json)
    for key in ("products", "terms_agreements"):
        given = {part.get("uuid") for part in item.get(key, ())}
        for part in whole[key]:
            if part["uuid"] not in given:
                del part["uuid"]
    return whole
