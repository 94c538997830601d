"""The table of the ways to reach the store, and what its rows are made with."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.test import Client

from clinicians.hashers import PolarisScryptPasswordHasher
from clinicians.testing import (
    Api,
    forget_the_trail,
    json_of,
    logged_in,
    set_password,
    settled,
)
from users_service.journal.audit import Operator, record

ADDRESS = "ada@example.org"
PASSWORD = "correct horse"
PATH = "/dhos/v1/clinician"
MOMENT = "2020-01-01T00:00:00+00:00"
BLOCK = {
    "created": MOMENT,
    "created_by": "loader",
    "modified": MOMENT,
    "modified_by": "loader",
}


class Entry(NamedTuple):
    """What an entry of the trail says, its time and its request apart."""

    actor: str
    actor_kind: str
    action: str
    clinician_id: str | None
    changes: Any


Perform = Callable[[Client, str], list[Entry]]
"""Does it, as the API's caller or as a member of staff; returns what is expected."""

DEEDS: dict[str, Perform] = {}

READS: dict[str, tuple[str, list[Any]]] = {
    "GET /dhos/v1/clinician": (f"?email={ADDRESS}", []),
    "GET /dhos/v1/clinician/{clinician_id}": ("", []),
    "GET /dhos/v1/clinicians": ("", []),
    "GET /dhos/v2/clinicians": ("", []),
    "POST /dhos/v1/clinician_list": ("", [["ada"]]),
    "GET /dhos/v1/location/{location_id}/clinician": ("", []),
    "GET /dhos/v1/roles": ("", []),
    "GET /dhos/v2/audit": ("", []),
}
"""Routes that write nothing, with the query and body of a good request."""

_STAFF = "whoever can run it can change the trail; accounts are apart from the store"
UNAUDITED = {
    "manage.py create_staff": _STAFF,
    "manage.py export_clinicians": "writes a file",
    "manage.py import_polaris": "stores like import_clinicians; tested with its source",
    "manage.py issue_token": "writes nothing",
    "manage.py migrate_locked": "makes the tables; what it seeds is no edit",
    "manage.py reset_second_factor": _STAFF,
    "manage.py unlock_staff": _STAFF,
    "manage.py publish_events": "sends what is stored, and marks it as sent",
    "manage.py refresh_readme": "writes the README",
    "admin: roles_role_matrix": "shows what is stored",
}


def deed(name: str) -> Callable[[Perform], Perform]:
    """Put a way to write into the table; a variant of it in brackets."""

    def enter(perform: Perform) -> Perform:
        DEEDS[name] = perform
        return perform

    return enter


def by_robot(action: str, clinician_id: str | None, changes: Any) -> Entry:
    return Entry("dhos-robot", "system", action, clinician_id, changes)


def ada(**changes: Any) -> dict[str, Any]:
    return settled(**{"uuid": "ada", "email_address": ADDRESS, **changes})


def with_password(**changes: Any) -> None:
    ada(**changes)
    set_password(ADDRESS, PASSWORD)
    forget_the_trail()


def with_failed_login() -> None:
    with_password()
    assert logged_in(ADDRESS, "wrong").status_code == 403
    forget_the_trail()


def sent(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json_of(answer) if answer.content else None


def legacy_secret() -> dict[str, str]:
    hasher = PolarisScryptPasswordHasher()
    salt = hasher.salt()
    digest = hasher.decode(hasher.encode(PASSWORD, salt))["hash"]
    return {"password_hash": digest, "password_salt": salt}


def stored_product_of(clinician_id: str) -> dict[str, str]:
    shown = sent(Api().get(f"{PATH}/{clinician_id}"))["products"][0]
    return {name: shown[name] for name in ("uuid", "product_name", "opened_date")}


def an_entry(clinician_id: str = "ada") -> Entry:
    changes = {"job_title": ["nurse", "midwife"]}
    record(
        actor=Operator("test"),
        action="clinician.changed",
        clinician_id=clinician_id,
        changes=changes,
    )
    return Entry("test", "operator", "clinician.changed", clinician_id, changes)
