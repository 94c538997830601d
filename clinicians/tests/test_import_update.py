"""`--on-conflict update`: the fields, lists and times of stored clinicians."""

from pathlib import Path
from typing import Any

import pytest

from clinicians.models import SCALARS, Clinician
from clinicians.services.erasure import erase_clinician
from clinicians.testing import Api, announced, nothing_written, recorded, settled
from clinicians.tests.files import (
    EARLIER,
    LATER,
    LEGACY,
    PAST,
    Update,
    ada,
    changed,
    imported,
    item,
    ndjson,
    updating,
)
from clinicians.tests.test_bulk import shown
from clinicians.transfer.checking import checked_batches
from clinicians.transfer.importing import Import, Options, Summary
from clinicians.transfer.reading import Given
from clinicians.transfer.sorting import OnConflict
from roles.callers import operator_caller
from users_service.journal.audit import Operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def update(tmp_path: Path) -> Update:
    return updating(tmp_path)


SET: dict[str, Any] = {
    "first_name": "Grace",
    "last_name": "Ünvented",
    "phone_number": "",
    "job_title": "nurse",
    "nhs_smartcard_number": "2",
    "email_address": "grace@mail.example",
    "send_entry_identifier": "",
    "professional_registration_number": "3",
    "agency_name": "=1+1",
    "agency_staff_employee_number": "4",
    "booking_reference": "5",
    "login_active": False,
    "can_edit_ews": True,
    "can_edit_encounter": False,
    "analytics_consent": True,
    "contract_expiry_eod_date": "2020-01-31",
}
NULLABLE = [
    "email_address",
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
    "can_edit_encounter",
    "analytics_consent",
    "contract_expiry_eod_date",
]


def scalars() -> dict[str, Any]:
    row = Clinician.objects.get(pk="ada")
    found = {name: getattr(row, name) for name in SCALARS}
    end = found["contract_expiry_eod_date"]
    return found | {"contract_expiry_eod_date": end and end.isoformat()}


@pytest.mark.parametrize("name", SCALARS)
def test_a_scalar_becomes_what_the_file_says(update: Update, name: str) -> None:
    ada()
    before = scalars()
    told = update(changed(**{name: SET[name]}))

    assert (told.status, told.counts()) == (0, {"updated": 1})
    assert scalars() == before | {name: SET[name]}
    [(action, who, changes)] = recorded()
    assert (action, who) == ("clinician.changed", "ada")
    assert changes == {name: [before[name], SET[name]]}


@pytest.mark.parametrize("name", NULLABLE)
def test_null_clears_a_scalar(update: Update, name: str) -> None:
    ada()
    update(changed(**SET))
    assert update(changed(**SET | {name: None})).counts() == {"updated": 1}
    assert scalars() == SET | {name: None}


def test_what_the_file_lacks_stays(update: Update) -> None:
    ada()
    everything = changed(
        **SET,
        locations=["L1", "L2"],
        groups=["GDM Clinician"],
        bookmarks=["B"],
        bookmarked_patients=["P"],
        terms_agreements=[{"product_name": "GDM", "version": 1}],
        **LEGACY,
    )
    update(everything)
    required = {"uuid", "products", "locations", "groups", *SCALARS[:5]}
    with nothing_written():
        told = update({name: everything[name] for name in required})

    assert told.counts() == {"unchanged": 1}


def test_who_may_not_log_in_is_not_let_in_by_silence(update: Update) -> None:
    ada()
    Api().patch("/dhos/v1/clinician/ada", {"login_active": False})
    assert "login_active" not in changed()
    update(changed(job_title="nurse"))

    assert Clinician.objects.get().login_active is False
    assert update(changed(login_active=True)).counts() == {"updated": 1}
    assert Clinician.objects.get().login_active is True


def test_names_are_found_and_sorted_anew(update: Update) -> None:
    ada()
    update(changed(first_name=" Straße ", last_name="ÇA"))
    row = Clinician.objects.get()

    assert (row.first_name, row.last_name) == ("Straße", "ÇA")
    assert (row.first_name_key, row.last_name_key) == ("strasse", "ça")
    assert row.search_text == "ça strasse"


@pytest.mark.parametrize(
    "name", ["locations", "groups", "bookmarks", "bookmarked_patients"]
)
@pytest.mark.parametrize("new", [["a", "c"], ["b", "d"], [], ["a", "b", "c"]])
def test_a_list_becomes_exactly_what_the_file_says(
    update: Update, name: str, new: list[str]
) -> None:
    ada()
    old = ["a", "b", "c"]
    update(changed(**{name: old}))
    told = update(changed(**{name: [*new, *new]}))

    assert shown("ada")[name] == new
    changes = {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
    }
    if new == old:
        assert told.counts() == {"unchanged": 1}
    else:
        assert recorded()[-1][2] == {name: {k: v for k, v in changes.items() if v}}


# -- Who changed it, and when ----------------------------------------------------------


def test_without_a_time_in_the_file_it_changed_now_by_the_importer(
    update: Update,
) -> None:
    before = ada()
    assert before["modified"] == PAST
    update(changed(job_title="nurse"))
    after = shown("ada")

    assert after["modified"] > "2025"
    assert after["modified_by"] == "jane"
    names = ("created", "created_by")
    assert [after[name] for name in names] == [before[name] for name in names]


def test_the_files_times_are_taken(update: Update) -> None:
    ada()
    block = {"created": EARLIER, "created_by": "a", "modified": LATER}
    update(changed(**block, modified_by="b"))
    after = shown("ada")

    assert {name: after[name] for name in block} == block
    assert after["modified_by"] == "b"
    changes = recorded()[0][2]
    assert sorted(changes) == ["created", "created_by", "modified", "modified_by"]
    assert changes["modified_by"] == ["loader", "b"]


@pytest.mark.parametrize("by", [{}, {"modified_by": None}])
def test_a_time_without_a_person_is_the_importers(
    update: Update, by: dict[str, None]
) -> None:
    ada()
    update(changed(modified=LATER, **by))
    after = shown("ada")

    assert (after["modified"], after["modified_by"]) == (LATER, "jane")


def test_null_in_the_files_block_says_nothing(update: Update) -> None:
    ada()
    nothing = dict.fromkeys(["created", "created_by", "modified", "modified_by"])
    with nothing_written():
        assert update(changed(**nothing)).counts() == {"unchanged": 1}


def test_the_etag_moves_only_with_those_who_change(update: Update) -> None:
    settled(**item("bea"))
    settled(**item("cyd"))
    ada()
    before = dict(Clinician.objects.values_list("pk", "version"))
    bea = item("bea", products=[{"product_name": "GDM"}])
    told = update(changed(), bea, item("cyd", job_title="nurse"))
    after = dict(Clinician.objects.values_list("pk", "version"))

    assert told.counts() == {"unchanged": 2, "updated": 1}
    assert {name for name in after if after[name] != before[name]} == {"cyd"}
    assert announced() == []
    assert [entry[:2] for entry in recorded()] == [("clinician.changed", "cyd")]
    update(item("cyd", job_title="matron"))
    assert Clinician.objects.get(pk="cyd").version not in (before["cyd"], after["cyd"])


# -- Whom it leaves alone --------------------------------------------------------------


def test_somebody_elses_address_is_refused(update: Update) -> None:
    ada()
    settled(**item("bea"))
    with nothing_written():
        told = update(changed(email_address=" BEA@mail.example"))

    assert (told.status, told.counts()) == (1, {"refused": 1})
    assert [each["field"] for each in told.summary["faults"]] == ["email_address"]


def test_who_was_erased_stays_so(update: Update) -> None:
    ada()
    settled(**item("bea"))
    erase_clinician(actor=Operator("jane"), clinician_id="ada")
    with nothing_written():
        told = update(changed(**LEGACY), item("bea"))

    assert (told.status, told.counts()) == (0, {"erased": 1, "unchanged": 1})


def test_who_was_erased_and_is_in_the_file_twice_is_counted_once_as_each(
    tmp_path: Path,
) -> None:
    ada()
    erase_clinician(actor=Operator("jane"), clinician_id="ada")
    path = ndjson(tmp_path / "file", [changed(), changed(email_address=None)])
    told = imported(path, "--on-conflict", "update", "--continue-on-error")

    assert told.counts() == {"erased": 1, "refused": 1}


def kept_if_newer(*each: dict[str, Any]) -> Summary:
    """Import as from another database, which may be behind this one."""
    how = Options(on_conflict=OnConflict.UPDATE, keep_newer=True)
    refused: list[object] = []
    one = Import(
        actor=operator_caller("jane"),
        options=how,
        on_refused=lambda *found: refused.append(found),
    )
    given = [Given(line, value, {}) for line, value in enumerate(each, 1)]
    summary = one.run(checked_batches(given))
    assert refused == []
    return summary


@pytest.mark.parametrize("modified", [EARLIER, "2019-12-31T23:59:59.999999Z"])
def test_who_changed_here_later_than_there_can_be_left_alone(modified: str) -> None:
    ada()
    with nothing_written():
        summary = kept_if_newer(changed(job_title="nurse", modified=modified))

    assert (summary.updated, summary.unchanged) == (0, 1)


@pytest.mark.parametrize("modified", [LATER, PAST, "2020-01-01T00:00:00.000001Z", None])
def test_who_did_not_is_updated_all_the_same(modified: str | None) -> None:
    ada()
    summary = kept_if_newer(changed(job_title="nurse", modified=modified))

    assert (summary.updated, summary.unchanged) == (1, 0)
    assert Clinician.objects.get().job_title == "nurse"


def test_without_that_option_the_file_counts(update: Update) -> None:
    ada()
    assert update(changed(modified=EARLIER, job_title="nurse")).counts() == {
        "updated": 1
    }
    assert shown("ada")["modified"] == EARLIER
