"""Many writers at once, through a server of several processes."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
import pytest_django
from django.db import connection

from clinicians.testing import clinician_body
from users_service.tests.live import LiveServer, at_once

pytestmark = pytest.mark.django_db(transaction=True)

CLINICIAN = "/dhos/v1/clinician"


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


def test_one_address_is_given_away_once(server: LiveServer) -> None:
    spellings = ["new@mail.example", " NEW@mail.example", "New@Mail.Example  "]

    def create(index: int) -> tuple[int, str]:
        answer = server.ask(
            "POST", CLINICIAN, clinician_body(email_address=spellings[index % 3])
        )
        return answer.status_code, answer.json().get("message", "")

    refusal = "Attempted to create user with existing email address 'new@mail.example'"
    answers = Counter(at_once(create, range(50)))
    assert answers == {(200, ""): 1, (409, refusal): 49}


def test_changes_of_different_fields_are_all_kept(server: LiveServer) -> None:
    person = server.created()["uuid"]
    changes = {
        "first_name": "Bea",
        "last_name": "Imagined",
        "phone_number": "1",
        "job_title": "2",
        "nhs_smartcard_number": "3",
        "email_address": "bea@mail.example",
        "send_entry_identifier": "4",
        "agency_name": "5",
        "can_edit_encounter": True,
        "analytics_consent": False,
    }

    def change(item: tuple[str, object]) -> int:
        return server.ask("PATCH", f"{CLINICIAN}/{person}", dict([item])).status_code

    assert set(at_once(change, changes.items())) == {200}
    stored = server.read(person)
    assert {name: stored[name] for name in changes} == changes


def test_of_those_who_read_the_same_state_one_changes_it(server: LiveServer) -> None:
    path = f"{CLINICIAN}/{server.created()['uuid']}"
    etag = server.ask("GET", path).headers["ETag"]

    def change(index: int) -> tuple[int, str]:
        body = {"job_title": f"title {index}"}
        answer = server.ask("PATCH", path, body, If_Match=etag)
        return answer.status_code, answer.json().get("job_title", "")

    answers = at_once(change, range(16))
    assert Counter(status for status, _ in answers) == {200: 1, 412: 15}
    assert (200, server.ask("GET", path).json()["job_title"]) in answers


def test_a_product_opened_by_many_is_open_once(server: LiveServer) -> None:
    person = server.created()["uuid"]
    body = {"products": [{"product_name": "SEND"}]}

    def open_product(_: int) -> tuple[int, str]:
        answer = server.ask("PATCH", f"{CLINICIAN}/{person}", body)
        return answer.status_code, answer.json().get("message", "")

    answers = Counter(at_once(open_product, range(16)))
    assert answers == {(200, ""): 1, (400, "Cannot add duplicate open product"): 15}
    names = [each["product_name"] for each in server.read(person)["products"]]
    assert names == ["GDM", "SEND"]


def test_lists_end_as_their_writers_left_them(server: LiveServer) -> None:
    """Each writer keeps to members of its own, so the outcome is known."""
    person = server.created(groups=[], locations=[])["uuid"]
    roles = ["DBM Clinician", "GDM Clinician", "SEND Clinician", "SEND Superclinician"]

    def write(writer: int) -> dict[str, set[str]]:
        choices = random.Random(writer)
        own = {
            "groups": roles[writer : writer + 1],
            "locations": [f"W{writer}-{number}" for number in range(3)],
            "bookmarks": [f"W{writer}-{number}" for number in range(3)],
        }
        model: dict[str, set[str]] = {name: set() for name in own}
        for _ in range(12):
            name = choices.choice([name for name in own if own[name]])
            member = choices.choice(own[name])
            removal = choices.random() < 0.4
            path = f"{CLINICIAN}/{person}{'/delete' if removal else ''}"
            answer = server.ask("PATCH", path, {name: [member]})
            assert answer.status_code == 200, answer.text
            (model[name].discard if removal else model[name].add)(member)
            assert model[name] <= set(answer.json()[name])
        return model

    models = at_once(write, range(8), threads=8)
    stored = server.read(person)
    for name in ("groups", "locations", "bookmarks"):
        assert stored[name] == sorted(set().union(*(model[name] for model in models)))
