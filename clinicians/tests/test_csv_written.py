"""What is written into a CSV file of clinicians is read back as it was."""

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinicians.models import REQUIRED, SCALARS
from clinicians.serializers.checking import FileItemCheck
from clinicians.transfer.csv_columns import (
    EXPORTED,
    cell_of,
    guarded,
    joined_list,
    split_list,
    unguarded,
)
from clinicians.transfer.exporting import _csv
from clinicians.transfer.reading import Format, read_items

OFTEN = settings(deadline=None, max_examples=200)
FORMULA = re.compile(r"[=+\-@\t\r]")
TEXT = st.text(
    st.sampled_from("=+-@\t\r\n'\";,\\ a")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=8,
)
FILLED = TEXT.filter(bool)
# What a new clinician may have of it: no blanks around a name, no id without a path.
PLAIN = FILLED.filter(
    lambda text: (
        text == text.strip()
        and "/" not in text
        and text not in ("bulk", "login", ".", "..")
    )
)
LISTS = ("groups", "locations", "bookmarks", "bookmarked_patients")
BOOLEANS = ("login_active", "can_edit_ews", "can_edit_encounter", "analytics_consent")
OWN = {name: st.booleans() for name in BOOLEANS} | {
    "contract_expiry_eod_date": st.dates().map(str),
    "email_address": TEXT.map(str.strip).map(str.lower).filter(bool),
    "first_name": TEXT.map(str.strip),
    "last_name": TEXT.map(str.strip),
}
IDS = {
    "uuid": PLAIN,
    "created": st.just("2019-01-01T00:00:00.123456Z"),
    "created_by": FILLED,
    "modified": st.just("2019-02-01T00:00:00.000001Z"),
    "modified_by": FILLED,
}
PRODUCT = {
    **IDS,
    "opened_date": st.dates().map(str),
    "closed_date": st.dates().map(str),
    "closed_reason": st.none() | TEXT,
}
AGREEMENT = {**IDS, "version": st.integers(0, 9)}


def clinicians(*, as_stored: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Return clinicians as an export has them; `as_stored` ones lack something."""
    values: dict[str, Any] = {name: OWN.get(name, TEXT) for name in SCALARS}
    for name in set(SCALARS) - {"login_active", "can_edit_ews"}:
        if as_stored or name not in REQUIRED:
            values[name] = st.none() | values[name]
    text = FILLED if as_stored else PLAIN
    if not as_stored:
        values["send_entry_identifier"] = st.none() | PLAIN
    names = st.lists(text, max_size=3, unique=True).map(sorted)
    lists: dict[str, Any] = dict.fromkeys(LISTS, names)
    product = st.fixed_dictionaries({**PRODUCT, "product_name": text})
    lists["products"] = st.lists(product, min_size=0 if as_stored else 1, max_size=2)
    agreement = st.fixed_dictionaries({**AGREEMENT, "product_name": text})
    lists["terms_agreements"] = st.lists(agreement, max_size=2)
    mark = {"as_stored": st.just(True)} if as_stored else {}
    return st.fixed_dictionaries({**IDS, **values, **lists, **mark})


def without_nulls(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item less what is null, which a CSV file need not say."""
    return {name: value for name, value in item.items() if value is not None}


@OFTEN
@given(TEXT)
@example("")
@example("'")
@example("''=")
def test_a_guarded_text_is_read_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)
    assert not FORMULA.match(guarded(text))


@OFTEN
@given(TEXT.filter(lambda text: text and not text.startswith("'")))
def test_a_harmless_text_is_not_guarded(text: str) -> None:
    assert (guarded(text) == text) is not bool(FORMULA.match(text))


@OFTEN
@given(st.lists(FILLED))
@example([";"])
@example(["\\"])
@example(["\\;", ";\\", "\\\\"])
@example(["a\\", ";b"])
def test_a_joined_list_is_split_again(values: list[str]) -> None:
    assert split_list(joined_list(values)) == values
    assert split_list(unguarded(guarded(joined_list(values)))) == values


@OFTEN
@given(st.booleans().flatmap(lambda mark: clinicians(as_stored=mark)))
def test_no_cell_is_taken_for_a_formula(item: dict[str, Any]) -> None:
    for name in EXPORTED:
        assert not FORMULA.match(cell_of(name, item)), name


@pytest.mark.parametrize("start", list("=+-@\t\r"))
def test_no_formula_stands_in_a_file_whatever_is_stored(start: str) -> None:
    text = f"{start}cmd"
    item: dict[str, Any] = {
        name: text
        for name in (*SCALARS, "uuid", "created_by", "modified_by", "password")
        if name not in (*BOOLEANS, "contract_expiry_eod_date")
    }
    item |= {name: [text, "x"] for name in LISTS}
    item["products"] = [{"product_name": text}]
    file = "".join(_csv([json.dumps(item)], (*EXPORTED, "password")))
    [_, row] = csv.reader(io.StringIO(file, newline=""))

    assert [cell for cell in row if FORMULA.match(cell)] == []
    assert sum(cell.startswith(f"'{text}") for cell in row) == 11 + 4 + 4


@pytest.mark.parametrize("as_stored", [False, True])
def test_exported_clinicians_are_read_back(as_stored: bool) -> None:
    check = FileItemCheck()

    @OFTEN
    @given(st.lists(clinicians(as_stored=as_stored), max_size=3))
    def read_back(items: list[dict[str, Any]]) -> None:
        file = "".join(_csv(map(json.dumps, items), EXPORTED))
        found = list(read_items(io.BytesIO(file.encode()), Format.CSV))
        assert [each.errors for each in found] == [{}] * len(items)
        for each, item in zip(found, items, strict=True):
            again, before = check(each.value), check(item)
            assert without_nulls(again) == without_nulls(before)
            nulls = before.keys() - without_nulls(before).keys()
            assert all(again[name] is None for name in nulls)

    read_back()
