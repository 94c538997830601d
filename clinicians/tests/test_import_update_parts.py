"""`--on-conflict update`: the products and agreements of stored clinicians."""

from pathlib import Path
from typing import Any

import pytest
import time_machine

from clinicians.models import Product, TermsAgreement
from clinicians.testing import nothing_written, recorded, settled
from clinicians.tests.files import (
    EARLIER,
    LATER,
    PAST,
    Update,
    changed,
    updating,
)
from clinicians.tests.test_bulk import shown

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2030-01-31", tick=False)]

NOW = "2030-01-31T00:00:00.000Z"
BLOCK = {"created": PAST, "created_by": "a", "modified": PAST, "modified_by": "b"}
GDM: dict[str, Any] = {"product_name": "GDM", "opened_date": "2020-01-01"}
PREG: dict[str, Any] = {"product_name": "PREG", "opened_date": "2020-01-02"}
CLOSED: dict[str, Any] = {
    **PREG,
    "closed_date": "2020-01-03",
    "closed_reason": "r",
    "closed_reason_other": "o",
}
STORED = [{"uuid": "P1", **GDM, **BLOCK}, {"uuid": "P2", **CLOSED, **BLOCK}]
CONTENT = (*CLOSED, *BLOCK, "uuid")
AGREED = "2019-05-06T07:08:09+00:00"


@pytest.fixture
def update(tmp_path: Path) -> Update:
    settled(**changed(products=STORED))
    return updating(tmp_path)


def products() -> list[dict[str, Any]]:
    """Return what is stored of products, less nulls, in their order."""
    rows = Product.objects.order_by("id").values(*CONTENT)
    return [{name: _text(row[name]) for name in row if row[name]} for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return value.isoformat().replace("T00:00:00+00:00", "T00:00:00.000Z")


def test_the_same_products_are_unchanged(update: Update) -> None:
    with nothing_written():
        told = update(changed(products=STORED))
    assert told.counts() == {"unchanged": 1}
    assert products() == STORED


@pytest.mark.parametrize("opened", [{}, {"opened_date": "2020-1-1"}])
def test_a_product_without_an_id_is_the_one_of_its_name_and_date(
    update: Update, opened: dict[str, str]
) -> None:
    with nothing_written():
        told = update(changed(products=[{"product_name": "GDM", **opened}, CLOSED]))
    assert told.counts() == {"unchanged": 1}


@pytest.mark.parametrize(
    "other", [{"opened_date": "2021-01-01"}, {"product_name": "gdm"}]
)
def test_one_of_another_name_or_date_is_a_new_one(
    update: Update, other: dict[str, str]
) -> None:
    told = update(changed(products=[{**GDM, **other}, STORED[1]]))

    assert told.counts() == {"updated": 1}
    new, old = products()
    assert recorded()[0][2]["products"]["added"][0]["uuid"] == new["uuid"]
    assert new.pop("uuid") not in ("P1", "P2")
    made = {"created": NOW, "created_by": "jane", "modified": NOW}
    assert new == {**GDM, **other, **made, "modified_by": "jane"}
    assert old == STORED[1]


def test_products_without_ids_are_each_another(update: Update) -> None:
    """Two of the same name and date are told apart by their order."""
    twins = [{**CLOSED, "closed_reason": text} for text in "ab"]
    update(changed(products=twins))
    ids = [each["uuid"] for each in products()]
    assert ids[0] == "P2"
    with nothing_written():
        assert update(changed(products=twins)).counts() == {"unchanged": 1}


CHANGES: dict[str, tuple[list[dict[str, Any]], Any]] = {
    "closed": (
        [{**GDM, "closed_date": "2029-01-01"}, {"uuid": "P2", **CLOSED}],
        {
            "changed": [
                {
                    "uuid": "P1",
                    "changes": {
                        "closed_date": [None, "2029-01-01"],
                        "modified": ["2020-01-01T00:00:00+00:00", NOW[:19] + "+00:00"],
                        "modified_by": ["b", "jane"],
                    },
                }
            ]
        },
    ),
    "reopened": (
        [GDM, {"uuid": "P2", **CLOSED, "closed_date": None}],
        {
            "changed": [
                {
                    "uuid": "P2",
                    "changes": {
                        "closed_date": ["2020-01-03", None],
                        "modified": ["2020-01-01T00:00:00+00:00", NOW[:19] + "+00:00"],
                        "modified_by": ["b", "jane"],
                    },
                }
            ]
        },
    ),
    "removed": (
        [GDM],
        {
            "removed": [
                {
                    **STORED[1],
                    "created": "2020-01-01T00:00:00+00:00",
                    "modified": "2020-01-01T00:00:00+00:00",
                }
            ]
        },
    ),
    "added": (
        [GDM, CLOSED, {"uuid": "P3", **PREG}],
        {"added": [{"uuid": "P3", **PREG}]},
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_the_trail_says_what_was_and_what_is(update: Update, kind: str) -> None:
    given, told = CHANGES[kind]
    assert update(changed(products=given)).counts() == {"updated": 1}
    assert recorded() == [("clinician.changed", "ada", {"products": told})]


def test_a_product_is_closed(update: Update) -> None:
    update(changed(products=CHANGES["closed"][0]))
    touched = {"modified": NOW, "modified_by": "jane"}
    closed = {**STORED[0], "closed_date": "2029-01-01", **touched}
    assert products() == [closed, STORED[1]]


def test_a_product_is_reopened(update: Update) -> None:
    update(changed(products=CHANGES["reopened"][0]))
    first, second = products()
    assert first == STORED[0]
    assert "closed_date" not in second
    assert (second["closed_reason"], second["modified_by"]) == ("r", "jane")


def test_products_are_removed_and_added(update: Update) -> None:
    update(changed(products=[{"uuid": "P3", "product_name": "DBM"}]))
    [only] = products()
    assert (only["uuid"], only["opened_date"]) == ("P3", "2030-01-31")
    content = {"uuid": "P3", "product_name": "DBM", "opened_date": "2030-01-31"}
    assert recorded()[-1][2]["products"]["added"] == [content]
    assert shown("ada")["products"][0]["uuid"] == "P3"


def test_a_product_is_matched_by_its_id_whatever_its_name(update: Update) -> None:
    renamed = {"uuid": "P1", "product_name": "DBM", "opened_date": "2001-01-01"}
    update(changed(products=[renamed, STORED[1]]))
    assert products()[0] == {
        **renamed,
        **BLOCK,
        "modified": NOW,
        "modified_by": "jane",
    }


def test_two_open_products_swap_their_names(update: Update) -> None:
    both = [{"uuid": "P1", **GDM}, {"uuid": "P2", **PREG, "closed_date": None}]
    update(changed(products=both))
    swapped = [
        {**one, "product_name": other["product_name"]}
        for one, other in zip(both, reversed(both), strict=True)
    ]
    assert update(changed(products=swapped)).counts() == {"updated": 1}
    assert [(p["uuid"], p["product_name"]) for p in products()] == [
        ("P1", "PREG"),
        ("P2", "GDM"),
    ]


def test_two_open_products_of_one_name_are_refused(update: Update) -> None:
    with nothing_written():
        told = update(changed(products=[{"uuid": "P1", **GDM}, {**GDM, "uuid": "P3"}]))
    assert [each["field"] for each in told.summary["faults"]] == ["products"]


def test_what_a_product_lacks_stays_and_null_clears_it(update: Update) -> None:
    lacking = {"uuid": "P2", "product_name": "PREG", "closed_reason": None}
    update(changed(products=[GDM, lacking]))
    changes = {"closed_reason": ["r", None]}
    assert recorded()[0][2]["products"]["changed"][0]["changes"].items() >= (
        changes.items()
    )
    kept = {name: value for name, value in STORED[1].items() if name != "closed_reason"}
    assert products()[1] == {**kept, "modified": NOW, "modified_by": "jane"}


def test_a_products_own_times_are_taken(update: Update) -> None:
    own = {"created": EARLIER, "created_by": "x", "modified": LATER, "modified_by": "y"}
    update(changed(products=[{**GDM, **own}, STORED[1]]))
    assert products() == [{**STORED[0], **own}, STORED[1]]


def test_null_in_a_products_block_says_nothing(update: Update) -> None:
    nothing = dict.fromkeys(["uuid", *BLOCK])
    with nothing_written():
        told = update(changed(products=[{**GDM, **nothing}, {**CLOSED, **nothing}]))
    assert told.counts() == {"unchanged": 1}


def test_products_come_in_the_order_of_the_file(update: Update) -> None:
    update(changed(products=[{"uuid": "P3", "product_name": "DBM"}, CLOSED, GDM]))
    assert [each["uuid"] for each in products()] == ["P3", "P2", "P1"]


# -- Agreements ------------------------------------------------------------------------


def agreement(version: int | None, **changes: Any) -> dict[str, Any]:
    return {"product_name": "GDM", "version": version, **changes}


def agreements() -> list[tuple[Any, ...]]:
    names = ("uuid", "version", "accepted_timestamp", "tou_version")
    rows = TermsAgreement.objects.order_by("id").values_list(*names)
    return [tuple(map(str, row)) for row in rows]


@pytest.mark.parametrize("moment", [{}, {"accepted_timestamp": None}])
def test_agreements_without_ids_are_those_of_their_version(
    update: Update, moment: dict[str, None]
) -> None:
    stored = [
        agreement(1, uuid="T1", accepted_timestamp=AGREED),
        agreement(2, uuid="T2", accepted_timestamp=AGREED),
        agreement(None, uuid="T3"),
    ]
    update(changed(terms_agreements=stored))
    given = [agreement(1, **moment), agreement(2, **moment), agreement(None)]
    with nothing_written(), time_machine.travel("2031-01-31"):
        told = update(changed(terms_agreements=given))
    assert told.counts() == {"unchanged": 1}


def test_agreements_are_changed_added_and_removed(update: Update) -> None:
    update(changed(terms_agreements=[agreement(1, uuid="T1"), agreement(2, uuid="T2")]))
    given = [
        {"uuid": "T2", "product_name": "GDM", "tou_version": 0},
        agreement(3, uuid="T3", accepted_timestamp=AGREED),
    ]
    assert update(changed(terms_agreements=given)).counts() == {"updated": 1}
    assert agreements() == [
        ("T2", "2", "2030-01-31 00:00:00+00:00", "0"),
        ("T3", "3", "2019-05-06 07:08:09+00:00", "None"),
    ]
    told = recorded()[-1][2]["terms_agreements"]
    assert sorted(told) == ["added", "changed", "removed"]


def test_without_the_key_agreements_stay_and_an_empty_list_removes_them(
    update: Update,
) -> None:
    same = changed(products=STORED)
    update({**same, "terms_agreements": [agreement(1, uuid="T1")]})
    with nothing_written():
        assert update(same).counts() == {"unchanged": 1}
    assert update({**same, "terms_agreements": []}).counts() == {"updated": 1}
    assert agreements() == []
