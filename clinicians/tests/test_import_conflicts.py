"""Items that contradict the store or each other, and what becomes of them."""

from pathlib import Path
from typing import Any

import pytest

from clinicians.models import Clinician, Product, TermsAgreement
from clinicians.testing import nothing_written, recorded, settled
from clinicians.tests.files import import_in_batches_of, imported, item, items, ndjson

pytestmark = pytest.mark.django_db

AGREEMENT = {"uuid": "T1", "product_name": "GDM", "version": 1}
KEYS: dict[str, dict[str, Any]] = {
    "uuid": {"uuid": "X"},
    "email_address": {"email_address": "x@mail.example"},
    "products": {"products": [{"product_name": "GDM", "uuid": "P1"}]},
    "terms_agreements": {"terms_agreements": [AGREEMENT]},
}
"""What nobody may share, by the field that has it."""

NAMES = {
    "uuid": "uuid",
    "email_address": "email address",
    "products": "product uuid",
    "terms_agreements": "terms agreement uuid",
}
fields = pytest.mark.parametrize("field", KEYS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinicians.ndjson"


@pytest.fixture(params=["empty", "in use"])
def _store(request: pytest.FixtureRequest, db: None) -> None:
    """A store in both states; PostgreSQL takes hold of an empty one."""
    if request.param == "in use":
        settled(uuid="here", email_address="here@mail.example")


def here(path: Path) -> None:
    """Put somebody with every key into the store, by an import of its own."""
    everything = {name: value for key in KEYS.values() for name, value in key.items()}
    assert imported(ndjson(path, [item(**everything)])).status == 0


@fields
def test_a_key_of_somebody_in_the_store_is_refused(path: Path, field: str) -> None:
    here(path)
    ndjson(path, [item("c0"), item("c1", **KEYS[field]), item("c2")])
    with nothing_written():
        told = imported(path)

    message = f"The {NAMES[field]} is in use already."
    assert told.status == 1
    assert told.counts() == {"refused": 1}
    assert told.summary["faults"] == [{"line": 2, "field": field, "message": message}]
    assert f"line 2: {field}: {message}" in told.err


@pytest.mark.usefixtures("_store")
@pytest.mark.parametrize("size", [10, 2], ids=["in a batch", "across batches"])
@fields
def test_a_key_that_the_file_has_twice_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, field: str, size: int
) -> None:
    import_in_batches_of(size, monkeypatch)
    first, second = (item(name, **KEYS[field]) for name in ("c1", "c4"))
    ndjson(path, [item("c0"), first, item("c2"), item("c3"), second, item("c5")])
    with nothing_written():
        told = imported(path)

    message = f"The {NAMES[field]} is in the file twice, first on line 2."
    assert told.status == 1
    assert told.summary["faults"] == [{"line": 5, "field": field, "message": message}]
    assert told.counts() == {"refused": 1}


@pytest.mark.usefixtures("_store")
@pytest.mark.parametrize("size", [10, 2], ids=["in a batch", "across batches"])
def test_an_item_that_the_file_has_twice_is_refused_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    import_in_batches_of(size, monkeypatch)
    with nothing_written():
        told = imported(ndjson(path, [*items(4), item("c1")]))

    assert told.counts() == {"refused": 1}
    fields = [(each["line"], each["field"]) for each in told.summary["faults"]]
    assert fields == [(5, "uuid"), (5, "email_address")]


@pytest.mark.usefixtures("_store")
@pytest.mark.parametrize("size", [10, 1], ids=["in a batch", "across batches"])
def test_addresses_are_compared_as_they_are_stored(
    path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    import_in_batches_of(size, monkeypatch)
    spellings = ["grace@mail.example", " GRACE@Mail.Example "]
    each = [item(f"c{n}", email_address=text) for n, text in enumerate(spellings)]
    with nothing_written():
        told = imported(ndjson(path, each))

    assert [fault["line"] for fault in told.summary["faults"]] == [2]


@pytest.mark.usefixtures("_store")
def test_nobodys_address_is_nobodys_conflict(path: Path) -> None:
    nobodys = [None, "", " ", None]
    each = [item(f"c{n}", email_address=text) for n, text in enumerate(nobodys)]

    assert imported(ndjson(path, each)).counts() == {"created": 4}
    assert not Clinician.objects.filter(email_address="").exists()


@pytest.mark.usefixtures("_store")
@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("products", {"product_name": "GDM", "closed_date": "2024-01-01"}),
        ("terms_agreements", {"product_name": "GDM", "version": 1}),
    ],
)
def test_a_part_that_an_item_has_twice_is_refused(
    path: Path, field: str, part: dict[str, Any]
) -> None:
    twice = [{**part, "uuid": "same"}, {**part, "uuid": "same"}]
    with nothing_written():
        told = imported(ndjson(path, [item("c0"), item("c1", **{field: twice})]))

    assert told.status == 1
    assert [each["field"] for each in told.summary["faults"]] == [field]
    assert [each["line"] for each in told.summary["faults"]] == [2]


def test_the_same_key_of_another_kind_is_no_conflict(path: Path) -> None:
    """Ids of clinicians, products and agreements are counted apart."""
    each = item(
        "same",
        email_address="same",
        products=[{"product_name": "GDM", "uuid": "same"}],
        terms_agreements=[{**AGREEMENT, "uuid": "same"}],
    )
    assert imported(ndjson(path, [each])).counts() == {"created": 1}


# -- --on-conflict ---------------------------------------------------------------------


def test_who_is_known_is_skipped_and_left_alone(path: Path) -> None:
    here(path)
    before = Clinician.objects.values().get(pk="X")
    ndjson(path, [item("c0"), item("X", job_title="new"), item("c2")])
    told = imported(path, "--on-conflict", "skip")

    assert (told.status, told.counts()) == (0, {"created": 2, "skipped": 1})
    assert Clinician.objects.values().get(pk="X") == before


@pytest.mark.parametrize("mode", ["skip", "update"])
@pytest.mark.parametrize("field", [name for name in KEYS if name != "uuid"])
def test_a_key_of_somebody_else_is_refused_in_every_mode(
    path: Path, field: str, mode: str
) -> None:
    here(path)
    ndjson(path, [item("c0"), item("c1", **KEYS[field])])
    with nothing_written():
        told = imported(path, "--on-conflict", mode)

    assert told.status == 1
    assert [each["field"] for each in told.summary["faults"]] == [field]


def test_who_is_known_is_updated(path: Path) -> None:
    here(path)
    told = imported(
        ndjson(path, [item("c0"), item("X", job_title="new"), item("c2")]),
        *("--on-conflict", "update"),
    )

    assert (told.status, told.counts()) == (0, {"created": 2, "updated": 1})
    assert Clinician.objects.get(pk="X").job_title == "new"
    actions = [entry[:2] for entry in recorded()]
    assert actions.count(("clinician.imported", "X")) == 1
    assert actions.count(("clinician.changed", "X")) == 1


def test_an_update_with_a_bad_item_changes_nobody(path: Path) -> None:
    here(path)
    each = [item("X", job_title="new"), item("c1", job_title=1)]
    with nothing_written():
        told = imported(ndjson(path, each), "--on-conflict", "update")

    assert told.status == 1


# -- --continue-on-error ---------------------------------------------------------------


@pytest.mark.usefixtures("_store")
def test_the_good_ones_go_in_and_the_bad_ones_are_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_in_batches_of(2, monkeypatch)
    each = items(7)
    each[1]["phone_number"] = 7
    each[4]["uuid"] = "c0"
    each[6]["locations"] = None
    told = imported(ndjson(path, each), "--continue-on-error", "--by", "jane")

    assert told.status == 1
    assert told.counts() == {"created": 4, "refused": 3}
    assert "CommandError: 3 refused; the others are stored." in told.err
    assert [(each["line"], each["field"]) for each in told.summary["faults"]] == [
        (2, "phone_number"),
        (5, "uuid"),
        (7, "locations"),
    ]
    stored = Clinician.objects.exclude(pk="here").order_by("pk")
    assert [row.pk for row in stored] == ["c0", "c2", "c3", "c5"]
    imports = [name for action, name, _ in recorded() if action == "clinician.imported"]
    assert imports == ["c0", "c2", "c3", "c5"]
    assert Product.objects.exclude(clinician_id="here").count() == 4
    assert not TermsAgreement.objects.exists()


@fields
def test_of_two_who_contradict_each_other_the_first_goes_in(
    path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    import_in_batches_of(1, monkeypatch)
    each = [item(f"c{n}", job_title=str(n), **KEYS[field]) for n in (0, 1)]
    told = imported(ndjson(path, each), "--continue-on-error")

    assert told.counts() == {"created": 1, "refused": 1}
    assert Clinician.objects.get().job_title == "0"


def test_bad_ones_alone_leave_nothing(path: Path) -> None:
    with nothing_written():
        told = imported(ndjson(path, items(3, job_title=1)), "--continue-on-error")
    assert (told.status, told.counts()) == (1, {"refused": 3})


def test_a_cut_off_file_leaves_whole_batches(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_in_batches_of(2, monkeypatch)
    ndjson(path, items(5))
    path.write_text("[" + path.read_text().replace("\n", ",\n"))
    told = imported(path, "--continue-on-error")

    assert told.status == 1
    assert "The array has no end. Whole batches are stored." in told.err
    assert told.counts() == {"created": 4}
    assert Clinician.objects.count() == 4


@pytest.mark.parametrize("how", [[], ["--dry-run", "--continue-on-error"]])
def test_a_cut_off_file_leaves_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, how: list[str]
) -> None:
    import_in_batches_of(2, monkeypatch)
    ndjson(path, items(5))
    path.write_text("[" + path.read_text().replace("\n", ",\n"))
    with nothing_written():
        told = imported(path, *how)

    assert told.status == 1
    assert "The array has no end. Nothing was stored." in told.err
    assert told.counts() == ({"created": 4} if how else {})
