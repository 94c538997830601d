"""Many writers at once, through a server of several processes."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_django
from django.db import connection

from clinicians.testing import clinician_body
from users_service.tests.live import LiveServer, at_once
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db(transaction=True)

Figure = Callable[[str, object], None]

CLINICIAN = "/dhos/v1/clinician"
CREATORS = sized(quick=60, soak=200)
RIVALS = 16
MAX_MEMBERS = 1000
ROUNDS = sized(quick=1, soak=25)
WRITERS = 20
WRITES = sized(quick=8, soak=500)
ROLES = (
    "DBM Clinician",
    "DBM Superclinician",
    "DEA Collector",
    "GDM Administrator",
    "GDM Clinician",
    "GDM Superclinician",
    "SEND Administrator",
    "SEND Clinician",
    "SEND Entry Clinician",
    "SEND Superclinician",
)


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        running = LiveServer(tmp_path_factory.mktemp("races"), WEB_CONCURRENCY="4")
    yield running
    running.stop()


def test_all_bookmarks_set_at_once_are_kept(server: LiveServer) -> None:
    person = server.created()["uuid"]
    # SQLite writes each to the disk before the next: fewer show the same.
    number = 1000 if connection.vendor == "postgresql" else 200
    places = [f"L{index:04}" for index in range(number)]

    def bookmark(place: str) -> int:
        path = f"{CLINICIAN}/{person}/location/{place}/bookmark"
        return server.ask("POST", path).status_code

    assert set(at_once(bookmark, places)) == {201}
    assert server.read(person)["bookmarks"] == places


def test_last_place_of_a_list_is_given_away_once(server: LiveServer) -> None:
    places = [f"L{index:04}" for index in range(MAX_MEMBERS - 1)]
    person = server.created(bookmarks=places)["uuid"]

    def bookmark(place: int) -> int:
        path = f"{CLINICIAN}/{person}/location/{place}/bookmark"
        return server.ask("POST", path).status_code

    answers = Counter(at_once(bookmark, range(RIVALS)))

    assert answers == {201: 1, 400: RIVALS - 1}
    assert len(server.read(person)["bookmarks"]) == MAX_MEMBERS


def spelling(address: str, index: int) -> str:
    """Return the address in a letter case and between blanks of its own."""
    choices = random.Random(index)
    cased = "".join(choices.choice((str.upper, str.lower))(each) for each in address)
    return " " * (index % 15) + cased + "\t" * (index // 15)


def check_that_one_address_is_given_away_once(server: LiveServer, address: str) -> None:
    spellings = [spelling(address, index) for index in range(CREATORS)]
    assert len(set(spellings)) == CREATORS

    def create(spelled: str) -> tuple[int, str]:
        body = clinician_body(email_address=spelled)
        answer = server.ask("POST", CLINICIAN, body)
        said = answer.json()
        return answer.status_code, said.get("message") or said["email_address"]

    refusal = f"Attempted to create user with existing email address '{address}'"
    answers = Counter(at_once(create, spellings, threads=CREATORS))
    assert answers == {(200, address): 1, (409, refusal): CREATORS - 1}


def test_one_address_is_given_away_once(
    server: LiveServer, record_property: Figure
) -> None:
    for number in range(ROUNDS):
        check_that_one_address_is_given_away_once(server, f"{number}.new@mail.example")
    figure = f"{CREATORS} creations at once, each with a spelling of its own"
    outcome = f"1 created, {CREATORS - 1} answered 409"
    record_property("figure", f"{figure}: {outcome}, in each of {ROUNDS} rounds")


def check_that_changes_of_different_fields_are_kept(
    server: LiveServer, person: str, number: int
) -> int:
    changes: dict[str, object] = {
        "first_name": f"Bea {number}",
        "last_name": f"Imagined {number}",
        "phone_number": f"1-{number}",
        "job_title": f"2-{number}",
        "nhs_smartcard_number": f"3-{number}",
        "email_address": f"{number}.bea@mail.example",
        "send_entry_identifier": f"4-{number}",
        "agency_name": f"5-{number}",
        "can_edit_encounter": number % 2 == 0,
        "analytics_consent": number % 2 == 1,
    }

    def change(item: tuple[str, object]) -> int:
        return server.ask("PATCH", f"{CLINICIAN}/{person}", dict([item])).status_code

    assert set(at_once(change, changes.items())) == {200}
    stored = server.read(person)
    assert {name: stored.get(name) for name in changes} == changes
    return len(changes)


def test_changes_of_different_fields_are_all_kept(
    server: LiveServer, record_property: Figure
) -> None:
    person = server.created()["uuid"]
    kept = [
        check_that_changes_of_different_fields_are_kept(server, person, number)
        for number in range(ROUNDS)
    ]
    figure = f"{kept[0]} fields of one clinician changed at once, {ROUNDS} rounds"
    record_property("figure", f"{figure}: {sum(kept)} changes kept")


def check_that_one_changes_what_many_have_read(server: LiveServer, path: str) -> None:
    etag = server.ask("GET", path).headers["ETag"]

    def change(index: int) -> tuple[int, str]:
        body = {"job_title": f"title {index} after {etag}"}
        answer = server.ask("PATCH", path, body, If_Match=etag)
        return answer.status_code, answer.json().get("job_title", "")

    answers = at_once(change, range(RIVALS), threads=RIVALS)
    counted = Counter(status for status, _ in answers)
    assert counted == {200: 1, 412: RIVALS - 1}
    assert (200, server.ask("GET", path).json()["job_title"]) in answers


def test_of_those_who_read_the_same_state_one_changes_it(
    server: LiveServer, record_property: Figure
) -> None:
    path = f"{CLINICIAN}/{server.created()['uuid']}"
    for _ in range(ROUNDS):
        check_that_one_changes_what_many_have_read(server, path)
    figure = f"{RIVALS} changes at once with one If-Match: 1 done, {RIVALS - 1} 412"
    record_property("figure", f"{figure}, in each of {ROUNDS} rounds")


def check_that_a_product_is_open_once(server: LiveServer, person: str) -> None:
    body = {"products": [{"product_name": "SEND"}]}

    def open_product(_: int) -> tuple[int, str]:
        answer = server.ask("PATCH", f"{CLINICIAN}/{person}", body)
        return answer.status_code, answer.json().get("message", "")

    answers = Counter(at_once(open_product, range(RIVALS), threads=RIVALS))
    refusal = "Cannot add duplicate open product"
    assert answers == {(200, ""): 1, (400, refusal): RIVALS - 1}
    names = [each["product_name"] for each in server.read(person)["products"]]
    assert names == ["GDM", "SEND"]


def test_a_product_opened_by_many_is_open_once(
    server: LiveServer, record_property: Figure
) -> None:
    for _ in range(ROUNDS):
        check_that_a_product_is_open_once(server, server.created()["uuid"])
    figure = f"a product opened by {RIVALS} at once: open once"
    record_property("figure", f"{figure}, in each of {ROUNDS} rounds")


class Writer:
    """Adds and removes members of its own, so that it knows which are left."""

    def __init__(self, server: LiveServer, person: str, number: int) -> None:
        names = {f"W{number:02}-{each}" for each in range(3)}
        self.own = {
            "groups": set(ROLES[number : number + 1]),
            "locations": names,
            "bookmarks": names,
        }
        self.left: dict[str, set[str]] = {name: set() for name in self.own}
        self._server = server
        self._path = f"{CLINICIAN}/{person}"
        self._choices = random.Random(number)

    def write(self) -> None:
        """Add or remove one member, and see what that left."""
        lists = [name for name, members in self.own.items() if members]
        name = self._choices.choice(lists)
        member = self._choices.choice(sorted(self.own[name]))
        removal = self._choices.random() < 0.5
        (self.left[name].discard if removal else self.left[name].add)(member)
        if name == "bookmarks":
            self._mark(member, removal=removal)
        else:
            self._change({name: [member]}, removal=removal)

    def _mark(self, member: str, *, removal: bool) -> None:
        method, status = ("DELETE", 204) if removal else ("POST", 201)
        answer = self._server.ask(method, f"{self._path}/location/{member}/bookmark")
        assert answer.status_code == status, answer.text

    def _change(self, body: dict[str, Any], *, removal: bool) -> None:
        path = f"{self._path}/delete" if removal else self._path
        answer = self._server.ask("PATCH", path, body)
        assert answer.status_code == 200, answer.text
        for name, members in self.own.items():
            assert members & set(answer.json()[name]) == self.left[name]


def test_lists_end_as_their_writers_left_them(
    server: LiveServer, record_property: Figure
) -> None:
    person = server.created(groups=[], locations=[])["uuid"]
    writers = [Writer(server, person, number) for number in range(WRITERS)]

    def work(writer: Writer) -> None:
        for _ in range(WRITES):
            writer.write()

    at_once(work, writers, threads=WRITERS)
    stored = server.read(person)
    for name in ("groups", "locations", "bookmarks"):
        left = set().union(*(writer.left[name] for writer in writers))
        assert stored[name] == sorted(left)
    figure = f"{WRITERS * WRITES:,} additions and removals by {WRITERS} writers"
    record_property("figure", f"{figure}: ended as their model")
