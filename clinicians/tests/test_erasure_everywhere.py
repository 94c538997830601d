"""Of an erased person, no table of the database holds anything any more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from clinicians.models import Clinician
from clinicians.services.erasure import EMPTY, erase_clinician
from clinicians.testing import (
    Api,
    clinician_body,
    created,
    logged_in,
    nothing_written,
    set_password,
)
from users_service.journal.audit import Operator, keyed_hash

pytestmark = pytest.mark.django_db

MARK = "q7x"
"""Part of every text that the person has, and of no other."""

JANE = Operator("jane")
PATH = "/dhos/v1/clinician"
LEGACY = {"password_hash": "0123abcd" * 64, "password_salt": "SALT4SALT4" * 3 + "XY"}


def marked(stage: str, **changes: Any) -> dict[str, Any]:
    """Return a body in which every text has the mark, different in every stage."""
    texts = {
        name: f"{MARK.upper()} {stage} {name} é"
        for name, value in EMPTY.items()
        if value in ("", None)
    }
    return {
        **texts,
        "email_address": f"{MARK}.{stage}@mail.example",
        "send_entry_identifier": f"{MARK}-{stage}-Badge",
        "contract_expiry_eod_date": "2999-12-31",
        "can_edit_encounter": True,
        "analytics_consent": True,
        "locations": [f"{MARK}-{stage}-ward"],
        "bookmarks": [f"{MARK}-{stage}-bookmark"],
        "bookmarked_patients": [f"{MARK}-{stage}-patient"],
        **changes,
    }


def product(stage: str, **changes: Any) -> dict[str, Any]:
    reasons = {"closed_reason": f"{MARK} {stage}", "closed_reason_other": f"{MARK} é"}
    dates = {"opened_date": "2024-01-31", "closed_date": "2024-02-29"}
    return {"product_name": "SEND", **dates, **reasons, **changes}


def through_the_api() -> str:
    """Create Ada, with a password; return her address."""
    address = f"{MARK}.first@mail.example"
    body = marked("first", email_address=address, products=[product("1")])
    created(uuid="ada", **body)
    set_password(address, "correct horse")
    return address


def by_bulk() -> str:
    """Move Ada in, with a password and an unknown role; return her address."""
    address = f"{MARK}.first.é@mail.example"
    agreement = {"product_name": "GDM", "version": 1}
    body = marked("first", email_address=address, groups=[f"{MARK} role"], **LEGACY)
    body |= {"products": [product("1")], "terms_agreements": [agreement]}
    sent(Api().post(f"{PATH}/bulk", [clinician_body(uuid="ada", **body)]))
    return address


def sent(answer: Any) -> None:
    assert answer.status_code < 300, answer.content


def lived(first_address: str) -> None:
    """Let Ada change in every way, and log in and fail to by every name."""
    change = marked("second", products=[product("2", closed_date=None)])
    sent(Api().patch(f"{PATH}/ada", change))
    sent(Api().patch(f"{PATH}/ada/delete", {"locations": [f"{MARK}-first-ward"]}))
    for list_of_ada in ("location", "patient"):
        path = f"{PATH}/ada/{list_of_ada}/{MARK}-third/bookmark"
        sent(Api(clinician_id="ada").post(path))
    agreement = {"product_name": "GDM", "version": 2, "tou_version": 3}
    sent(Api().post(f"{PATH}/ada/terms_agreement", agreement))
    for username in (
        f"{MARK.upper()}.Second@Mail.Example",  # of an account
        f"{MARK}-second-Badge",
        f" {first_address.upper()}",  # of none, any more
        f"{MARK}-SECOND-badge",
        f"{MARK} first nhs_smartcard_number É",
    ):
        assert logged_in(username, "wrong").status_code == 403
    set_password(f"{MARK}.second@mail.example", "battery staple")
    assert logged_in(f"{MARK}-second-Badge", "battery staple").status_code == 200


def hashes() -> list[str]:
    """Return what the stored password consists of that nobody else's does."""
    return str(Clinician.objects.get().password).split("$")[-2:]


def every_table() -> str:
    """Return what the database holds, in lower case and without JSON's escapes."""
    quoted = map(connection.ops.quote_name, connection.introspection.table_names())
    with connection.cursor() as cursor:
        rows = []
        for table in quoted:
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    texts = (str(value) for row in rows for value in row)
    return "\n".join(texts).replace("\\u00e9", "é").lower()


@pytest.mark.parametrize("come", [through_the_api, by_bulk])
def test_no_table_has_anything_of_the_person(come: Callable[[], str]) -> None:
    address = come()
    old_hashes = hashes()
    lived(address)
    usernames = map(keyed_hash, (address, f"{MARK}-second-badge"))
    needles = [MARK, "2999-12-31", *hashes(), *usernames]
    before = every_table()
    assert [each for each in needles if each.lower() not in before] == []

    erase_clinician(actor=JANE, clinician_id="ada")

    after = every_table()
    needles += old_hashes
    assert [each for each in needles if each.lower() in after] == []


@pytest.mark.parametrize("come", [through_the_api, by_bulk])
def test_a_second_time_nothing_is_left(come: Callable[[], str]) -> None:
    lived(come())
    erase_clinician(actor=JANE, clinician_id="ada")

    with nothing_written():
        erased = erase_clinician(actor=JANE, clinician_id="ada")

    assert not any(erased)
