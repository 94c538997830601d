"""Imports that are repeated, and imports that are rehearsed."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from clinicians.models import Clinician, Product
from clinicians.services.erasure import erase_clinician
from clinicians.testing import nothing_written, recorded
from clinicians.tests.files import (
    import_in_batches_of,
    imported,
    item,
    items,
    ndjson,
    run,
)
from clinicians.tests.test_bulk import LEGACY_HASH, LEGACY_SALT
from roles.models import Role
from users_service.journal.audit import Operator

pytestmark = pytest.mark.django_db

BLOCK = {
    "created": "2019-01-01T00:00:00.123456Z",
    "created_by": "old-1",
    "modified": "2019-02-01T01:00:00+01:00",
    "modified_by": None,
}
PRODUCTS: list[dict[str, Any]] = [
    {"product_name": "SEND", "opened_date": "2019-1-1", "closed_date": "2018-12-31"},
    {"product_name": "SEND", "opened_date": "2019-1-1", "closed_date": "2019-1-2"},
    {"product_name": "SEND", **dict.fromkeys(BLOCK)},
    {"product_name": "GDM", **BLOCK, "closed_reason": "", "closed_reason_other": "o"},
]
AGREEMENTS: list[dict[str, Any]] = [
    {"product_name": "GDM"},
    {"product_name": "GDM", "version": 2, "accepted_timestamp": None},
    {"product_name": "GDM", "version": 2, "tou_version": 0, **dict.fromkeys(BLOCK)},
    {"product_name": "SEND", "patient_notice_version": 1, **BLOCK},
    {"product_name": "SEND", "tou_accepted_timestamp": "2019-01-02"},
]
EVERYTHING: dict[str, Any] = {
    **BLOCK,
    "email_address": " Ada@Mail.Example",
    "send_entry_identifier": "",
    "agency_name": None,
    "login_active": None,
    "contract_expiry_eod_date": "2020-1-1",
    "groups": ["Midwife 2009", "GDM Clinician", "Midwife 2009"],
    "locations": [],
    "bookmarks": ["b", "a", "b"],
    "products": PRODUCTS,
    "terms_agreements": AGREEMENTS,
    "password_hash": LEGACY_HASH.upper(),
    "password_salt": LEGACY_SALT,
}
IDS = {
    "uuid": "ada",
    "products": [{**each, "uuid": f"p{n}"} for n, each in enumerate(PRODUCTS)],
    "terms_agreements": [
        {**each, "uuid": f"t{n}"} for n, each in enumerate(AGREEMENTS)
    ],
}
AGAIN = {"fail": {"refused": 3}, "skip": {"skipped": 3}, "update": {"unchanged": 3}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinicians.ndjson"


@pytest.mark.parametrize("how", [[], ["--continue-on-error"], ["--dry-run"]])
@pytest.mark.parametrize("mode", AGAIN)
@pytest.mark.parametrize("ids", [IDS, {"uuid": None}], ids=["ids", "no ids"])
def test_the_same_file_again_changes_nothing(
    path: Path, ids: dict[str, Any], mode: str, how: list[str]
) -> None:
    ndjson(path, [item(**EVERYTHING | ids), *items(2)])
    with time_machine.travel("2030-01-31", tick=False):
        assert imported(path, "--by", "jane").counts() == {"created": 3}
    with nothing_written(), time_machine.travel("2030-02-28", tick=False):
        told = imported(path, "--by", "joe", "--on-conflict", mode, *how)

    assert told.counts() == AGAIN[mode]
    assert told.status == (1 if mode == "fail" else 0)


# -- Ids that are made -----------------------------------------------------------------


def ids_of(path: Path, *each: dict[str, Any]) -> list[str]:
    """Import into an empty store; return the clinicians' ids by first name."""
    Clinician.objects.all().delete()
    told = imported(ndjson(path, each), "--keep-indexes")
    assert told.status == 0, told.err
    return list(Clinician.objects.order_by("first_name").values_list("pk", flat=True))


NAMELESS = {**EVERYTHING, "uuid": None}


def test_a_made_id_has_the_form_of_a_uuid4(path: Path) -> None:
    nameless = [item(uuid=None, email_address=f"{n}@mail.example") for n in range(20)]
    for found in ids_of(path, *nameless):
        parsed = uuid.UUID(found)
        assert (str(parsed), parsed.version, parsed.variant) == (
            found,
            4,
            uuid.RFC_4122,
        )


def test_the_same_item_gets_the_same_id_wherever_it_stands(path: Path) -> None:
    one = item(**NAMELESS)
    turned = dict(reversed(one.items()))
    [first] = ids_of(path, one)
    [second, _] = ids_of(path, turned, item("bea", first_name="Bea"))

    assert first == second


@pytest.mark.parametrize(
    "change", [{"first_name": "Bea"}, {"locations": ["L2"]}, {"products": PRODUCTS[:1]}]
)
def test_another_item_gets_another_id(path: Path, change: dict[str, Any]) -> None:
    assert ids_of(path, item(**NAMELESS)) != ids_of(path, item(**NAMELESS | change))


def test_a_made_id_depends_on_the_secret_key(path: Path) -> None:
    made = []
    for key in ("a" * 50, "b" * 50, "a" * 50):
        with override_settings(SECRET_KEY=key):
            made += ids_of(path, item(**NAMELESS))

    assert made[0] == made[2] != made[1]


def test_one_without_an_id_twice_in_a_file_is_refused(path: Path) -> None:
    with nothing_written():
        told = imported(ndjson(path, [item(**NAMELESS), item(**NAMELESS)]))

    fields = {(each["line"], each["field"]) for each in told.summary["faults"]}
    assert fields == {(2, "uuid"), (2, "email_address")}


# -- Roles -----------------------------------------------------------------------------


def test_unknown_roles_are_kept_and_made_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_in_batches_of(2, monkeypatch)
    known = set(Role.objects.values_list("name", flat=True))
    each = items(5, groups=["Midwife 2009", "GDM Clinician"])
    each[3]["groups"] = ["Nurse 1999", "Midwife 2009", "Nurse 1999"]
    told = imported(ndjson(path, each), "--by", "jane")

    assert told.summary["unknown_roles"] == {"Midwife 2009": 5, "Nurse 1999": 1}
    made = Role.objects.exclude(name__in=known)
    assert {(role.name, role.recognised) for role in made} == {
        ("Midwife 2009", False),
        ("Nurse 1999", False),
    }
    held = Clinician.objects.get(pk="c3").roles.values_list("name", flat=True)
    assert list(held.order_by("name")) == ["Midwife 2009", "Nurse 1999"]
    assert [entry for entry in recorded() if entry[0] == "role.created"] == [
        ("role.created", None, {"role": "Midwife 2009", "recognised": [None, False]}),
        ("role.created", None, {"role": "Nurse 1999", "recognised": [None, False]}),
    ]


def test_a_role_that_is_unrecognised_already_is_counted_and_not_made(
    path: Path,
) -> None:
    imported(ndjson(path, items(1, groups=["Midwife 2009"])))
    told = imported(ndjson(path, [item("x", groups=["Midwife 2009"])]))

    assert told.summary["unknown_roles"] == {"Midwife 2009": 1}
    actions = [entry[0] for entry in recorded()]
    assert actions.count("role.created") == 1


# -- Rehearsals ------------------------------------------------------------------------


GOOD = [
    item("n0"),
    item("k0"),
    item("k1", job_title="new", groups=["Midwife 2009"]),
    item("n1", groups=["Nurse 1999"]),
    item("k3", job_title="erased"),
    item("k2", products=[{"product_name": "GDM", "opened_date": "2020-01-01"}]),
    item("n2"),
]
BAD = [
    item("n3", job_title=1),
    item("n4", email_address="n0@mail.example"),
    item("n5", email_address="k1@mail.example"),
    item("n0", email_address="other@mail.example"),
]
FILES = {"good": GOOD, "bad": BAD[:2] + GOOD + BAD[2:]}


@pytest.fixture(params=["empty", "in use"])
def _store(request: pytest.FixtureRequest, db: None, path: Path) -> None:
    """A store in both states; somebody in the one in use is erased."""
    if request.param == "in use":
        each = [item(f"k{n}", products=[{"product_name": "GDM"}]) for n in range(4)]
        assert imported(ndjson(path, each)).status == 0
        erase_clinician(actor=Operator("jane"), clinician_id="k3")


@pytest.mark.usefixtures("_store")
@pytest.mark.parametrize("keep", [[], ["--continue-on-error"]], ids=["all", "batches"])
@pytest.mark.parametrize("mode", ["fail", "skip", "update"])
@pytest.mark.parametrize("name", FILES)
def test_a_rehearsal_tells_what_would_become_of_each(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str, keep: list[str]
) -> None:
    import_in_batches_of(3, monkeypatch)
    ndjson(path, FILES[name])
    how = ("--on-conflict", mode, *keep)
    with nothing_written():
        rehearsed = imported(path, "--dry-run", *how)
    real = imported(path, *how)

    assert (rehearsed.status, rehearsed.counts()) == (real.status, real.counts())
    assert (rehearsed.summary["dry_run"], real.summary["dry_run"]) == (True, False)
    if real.status == 0:
        roles = rehearsed.summary["unknown_roles"]
        assert roles == real.summary["unknown_roles"] != {}


def test_a_rehearsal_says_that_it_was_one(path: Path) -> None:
    ndjson(path, items(2))
    with nothing_written():
        told = run("import_clinicians", str(path), "--dry-run")

    assert told.out.endswith("This was a dry run: nothing was stored.\n")
    assert not Product.objects.exists()
