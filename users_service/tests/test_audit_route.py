"""GET /dhos/v2/audit: the audit trail, for programs."""

from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection

from clinicians.testing import Api, json_of, problem_of
from roles.callers import Caller, staff_caller
from users_service.journal.audit import Fact, record, record_all
from users_service.journal.context import request_id
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

PATH = "/dhos/v2/audit"
ROBOT = Caller(id="dhos-robot", kind="system", system_id="dhos-robot")
STAFF = staff_caller(7)
DAY = "2026-01-31T09:08:07"


def entry(
    moment: str = DAY, clinician_id: str | None = "A1", actor: Caller = ROBOT
) -> int:
    """Record something; return the number of its entry."""
    with time_machine.travel(moment, tick=False):
        record(
            actor=actor,
            action="clinician.changed",
            clinician_id=clinician_id,
            changes={"job_title": ["Nurse", "Midwife"]},
        )
    return int(AuditEntry.objects.latest("id").pk)


def asked(**parameters: Any) -> Any:
    return Api("read:audit_event").get(f"{PATH}?{urlencode(parameters)}")


def page(**parameters: Any) -> tuple[list[int], str | None]:
    """Return the numbers of a page's entries, and what the next one comes after."""
    answer = asked(**parameters)
    assert answer.status_code == 200, answer.content
    body = json_of(answer)
    return [each["id"] for each in body["results"]], body["next"]


def pages(**parameters: Any) -> list[list[int]]:
    """Return the numbers of all entries, page by page."""
    found, following = page(**parameters)
    every = [found]
    while following:
        found, following = page(**parameters, after=following)
        every.append(found)
    return every


def test_an_entry_shows_who_did_what_when_and_why() -> None:
    token = request_id.set("request-7")
    number = entry(f"{DAY}.123456", "A1", STAFF)
    request_id.reset(token)

    assert json_of(asked()) == {
        "results": [
            {
                "id": number,
                "created": "2026-01-31T09:08:07.123Z",
                "actor": "staff:7",
                "actor_kind": "staff",
                "request_id": "request-7",
                "action": "clinician.changed",
                "clinician_id": "A1",
                "changes": {"job_title": ["Nurse", "Midwife"]},
            }
        ],
        "next": None,
    }


def test_an_empty_trail() -> None:
    assert json_of(asked()) == {"results": [], "next": None}


def test_the_newest_come_first() -> None:
    middle, newest, oldest = (
        entry("2026-01-02"),
        entry("2026-01-03"),
        entry("2026-01-01"),
    )

    assert page()[0] == [newest, middle, oldest]


def test_of_the_same_moment_the_later_number_comes_first() -> None:
    numbers = [entry() for _ in range(3)]

    assert page()[0] == numbers[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
def test_pages_hold_everything_once(limit: int) -> None:
    """Some entries share their time, so that pages end between them."""
    moments = ["2026-01-01", DAY, DAY, DAY, f"{DAY}.000001", f"{DAY}.5"]
    numbers = [entry(moment) for moment in moments]

    found = pages(limit=limit)

    assert [number for each in found for number in each] == numbers[::-1]
    assert {len(each) for each in found[:-1]} <= {limit}
    assert found[-1]


def test_pages_stay_as_they_are_while_the_trail_grows() -> None:
    numbers = [entry() for _ in range(4)]
    first, following = page(limit=2)
    entry("2026-02-01")

    assert [*first, *page(limit=2, after=following)[0]] == numbers[::-1]


def test_a_hundred_come_unless_asked_otherwise() -> None:
    record_all(actor=ROBOT, action="x", facts=[Fact("A1", {})] * 1100)

    assert len(page()[0]) == 100
    assert len(page(limit=1000)[0]) == 1000
    assert len(page(limit=1)[0]) == 1


def test_those_about_one_clinician() -> None:
    mine = entry(clinician_id="A1")
    entry(clinician_id="A")
    entry(clinician_id=None)

    assert page(clinician_id="A1")[0] == [mine]
    assert page(clinician_id="nobody") == ([], None)


def test_those_of_one_actor() -> None:
    mine = entry(actor=STAFF)
    entry(actor=ROBOT)

    assert page(actor="staff:7")[0] == [mine]
    assert page(actor="staff:") == ([], None)


@pytest.mark.parametrize(
    ("since", "number"),
    [
        ("2026-01-31T09:08:07.000001Z", 1),
        ("2026-01-31T09:08:07Z", 2),
        ("2026-01-31T09:08:07", 2),
        ("2026-01-31T11:08:07+02:00", 2),
        ("2026-01-31 09:08:07", 2),
        ("2026-01-31", 2),
        ("2026-1-30", 3),
        ("2030-01-01", 0),
    ],
)
def test_those_from_a_time_on_it_included(since: str, number: int) -> None:
    numbers = [entry("2026-01-30"), entry(DAY), entry(f"{DAY}.5")]

    assert page(since=since)[0] == numbers[::-1][:number]


def test_an_unescaped_offset_is_one() -> None:
    number = entry(DAY)
    answer = Api().get(f"{PATH}?since=2026-01-31T11:08:07+02:00")

    assert [each["id"] for each in json_of(answer)["results"]] == [number]


def test_filters_narrow_down_together_and_across_pages() -> None:
    wanted = [entry(actor=STAFF) for _ in range(3)]
    entry(actor=STAFF, clinician_id="A2")
    entry("2026-01-01", actor=STAFF)
    entry()

    found = pages(clinician_id="A1", actor="staff:7", since=DAY, limit=2)

    assert found == [wanted[:0:-1], wanted[:1]]


NOT_A_CURSOR = "Must be the `next` of a page."
NOT_A_LIMIT = "Must be an integer from 1 to 1000."
NOT_A_TIME = "Must be an ISO 8601 time."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *(("limit", value, NOT_A_LIMIT) for value in ("0", "1001", "-1", "x", "")),
        *(("after", value, NOT_A_CURSOR) for value in ("x", "1", "-1", "1-", "1-1\n")),
        ("after", f"{10**16}-1", NOT_A_CURSOR),
        ("after", f"1-{10**18}", NOT_A_CURSOR),
        *(("since", value, NOT_A_TIME) for value in ("", "x", "2026-02-30", "1")),
        ("clinician_id", "", "This field may not be blank."),
        (
            "clinician_id",
            "x" * 37,
            "Ensure this field has no more than 36 characters.",
        ),
        ("actor", "", "This field may not be blank."),
        ("actor", "x" * 151, "Ensure this field has no more than 150 characters."),
        ("after", "", "This field may not be blank."),
        ("offset", "1", "Unknown query parameter."),
    ],
)
def test_a_bad_parameter_is_named(name: str, value: str, message: str) -> None:
    assert problem_of(asked(**{name: value})) == (400, {name: [message]})


@pytest.mark.parametrize("cursor", [f"{10**16 - 1}-{10**18 - 1}", "0-0"])
def test_the_outermost_cursors_can_be_asked_for(cursor: str) -> None:
    number = entry()

    assert page(after=cursor)[0] == ([number] if cursor != "0-0" else [])


@pytest.mark.parametrize("scope", ["", "read:gdm_clinician_all", "write:audit_event"])
def test_without_the_scope_it_is_403(scope: str) -> None:
    answer = Api(scope, system_id="dhos-robot").get(PATH)

    assert problem_of(answer) == (403, "Forbidden")


def test_a_clinician_with_the_scope_may_read_it() -> None:
    assert Api("read:audit_event", clinician_id="A1").get(PATH).status_code == 200


def test_an_unchanged_page_is_304() -> None:
    entry()
    tag = asked()["ETag"]
    api = Api("read:audit_event")

    assert api.get(PATH, If_None_Match=tag).status_code == 304
    entry()
    assert api.get(PATH, If_None_Match=tag).status_code == 200


@pytest.mark.parametrize("number", [10, 1000])
def test_a_page_is_one_statement(number: int, django_assert_num_queries: Any) -> None:
    record_all(actor=ROBOT, action="x", facts=[Fact("A1", {})] * number)
    with django_assert_num_queries(1):
        found, following = page(limit=number - 1, clinician_id="A1")

    assert len(found) == number - 1
    assert following


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "audit_by_time"),
        ({"since": "2026-01-01"}, "audit_by_time"),
        ({"clinician_id": "A7"}, "audit_about_whom"),
        ({"actor": "robot-7"}, "audit_by_whom"),
        ({"after": "4102444800000000-500"}, "audit_by_time"),
        ({"clinician_id": "A7", "after": "4102444800000000-500"}, "audit_about_whom"),
    ],
)
def test_every_filter_has_an_index_in_the_order_of_the_pages(
    filters: dict[str, str], index: str
) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(clinician_id=f"A{number % 200}", actor=f"robot-{number % 250}")
        for number in range(5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE journal_auditentry")

    assert index in plan(**filters)
    assert "TEMP B-TREE" not in plan(**filters)
    assert "Sort" not in plan(**filters)


def plan(**filters: str) -> str:
    """Return how the database carries out the statement of a page of ten."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, parameters: Any, *rest: Any) -> Any:
        seen.append((sql, parameters))
        return execute(sql, parameters, *rest)

    with connection.execute_wrapper(note):
        page(**filters, limit=10)
    ((sql, parameters),) = seen
    word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {sql}", parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
