"""How PostgreSQL means to carry out the reads that are asked for all day."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection

from clinicians import documents
from clinicians.documents import Wanted
from clinicians.forms import Form
from clinicians.models import Clinician
from users_service.database.cursors import bound_cursor

PARTS = {
    "clinician_location_once",
    "clinician_role_once",
    "location_bookmark_once",
    "patient_bookmark_once",
    "products_of_clinician",
    "agreements_of_clinician",
}
"""The indexes by which what belongs to a clinician is found."""


class Plan(NamedTuple):
    """What the plans of a read's statements name."""

    indexes: set[str]
    scanned: set[str]
    """Tables that are read from one end to the other."""


class HotRead(NamedTuple):
    """A read, the indexes that it should use, and what it may read as a whole."""

    read: Callable[[], Any]
    indexes: set[str]
    scanned: frozenset[str] = frozenset()


def hot_reads(ids: list[str], term: str, location: str) -> dict[str, HotRead]:
    """Return the reads, of clinicians, a part of a name and a location that exist."""
    everybody = Clinician.objects.all
    end = documents.FAR + 25

    def page(clinicians: Any, *, limit: int = 25, offset: int = 0) -> Callable[[], Any]:
        wanted = Wanted(Form.LIST, clinicians(), offset=offset, limit=limit)
        return lambda: list(documents.page(wanted).items)

    of_lists = {"clinician_location_once", "clinician_role_once"}
    return {
        "by id": HotRead(
            lambda: documents.by_id(Form.FULL, ids[0]),
            PARTS | {"clinicians_clinician_pkey"},
        ),
        "by e-mail": HotRead(
            lambda: documents.by_email(Form.FULL, "nobody@clinic.example"),
            PARTS | {"clinician_email_unique"},
        ),
        "by ids": HotRead(
            lambda: documents.by_ids(Form.FULL, ids),
            PARTS | {"clinicians_clinician_pkey"},
        ),
        "page": HotRead(page(everybody), {"clinician_list_order"} | of_lists),
        "far page": HotRead(
            page(everybody, offset=end),
            {"clinician_list_order"} | of_lists,
            frozenset({"clinicians_clinician"}),  # for the total
        ),
        "search": HotRead(
            lambda: list(
                documents.page(
                    Wanted(Form.LIST, Clinician.objects.matching(term), limit=25)
                ).items
            ),
            {"clinician_search_trigrams", "clinician_badge", "clinicians_of_role"},
            frozenset({"roles_role"}),
        ),
        "at a location": HotRead(
            page(lambda: Clinician.objects.at_location(location), limit=1000),
            {"clinicians_of_location", "clinicians_clinician_pkey"},
        ),
    }


def plan_of(read: Callable[[], Any]) -> Plan:
    """Return what the plans of the statements of a read name."""
    statements: list[tuple[Any, Any]] = []

    def note(execute: Any, sql: Any, parameters: Any, *rest: Any) -> Any:
        # A cursor of many rows opens a transaction, here one within the test's.
        if not str(sql).startswith(("SAVEPOINT", "RELEASE")):
            statements.append((sql, parameters))
        return execute(sql, parameters, *rest)

    with connection.execute_wrapper(note):
        read()
    nodes = [node for statement in statements for node in _nodes(*statement)]
    return Plan(
        {node["Index Name"] for node in nodes if "Index Name" in node},
        {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"},
    )


def _nodes(sql: Any, parameters: Any) -> Iterator[dict[str, Any]]:
    with bound_cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        (found,) = cursor.fetchone()
    plans = json.loads(found) if isinstance(found, str) else found
    waiting = [each["Plan"] for each in plans]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", ())
        yield node


def unmet(read: HotRead) -> list[str]:
    """Return in what the plan of a read is not as it should be."""
    plan = plan_of(read.read)
    return [f"does not use {each}" for each in sorted(read.indexes - plan.indexes)] + [
        f"reads all of {each}" for each in sorted(plan.scanned - read.scanned)
    ]
