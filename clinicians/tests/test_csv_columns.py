"""What the cells of a CSV file of clinicians mean, and how they are written."""

import csv
import io
from typing import Any

import pytest

from clinicians.serializers.history import ImportedClinicianSerializer
from clinicians.transfer.csv_columns import COLUMNS, EXPORTED
from clinicians.transfer.reading import Format, Given, read_items

TEXTS = {
    "uuid",
    "created",
    "created_by",
    "modified",
    "modified_by",
    "first_name",
    "last_name",
    "phone_number",
    "job_title",
    "nhs_smartcard_number",
    "email_address",
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
    "contract_expiry_eod_date",
    "password",
    "password_hash",
    "password_salt",
}
REQUIRED = {
    "first_name",
    "last_name",
    "phone_number",
    "job_title",
    "nhs_smartcard_number",
}
NULLABLE = {
    "email_address",
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
    "contract_expiry_eod_date",
}
FLAGS = {"can_edit_encounter", "analytics_consent"}
OPTIONAL_FLAGS = {"login_active", "can_edit_ews", "as_stored"}
LISTS = {"locations", "groups", "bookmarks", "bookmarked_patients"}
OBJECTS = {"products": "products_json", "terms_agreements": "terms_agreements_json"}
TWICE = "Give either products or products_json."
NO_JSON = "The cell is not JSON."


def row_of(cells: dict[str, str]) -> Given:
    """Return what is read of a file with one row of these cells."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["line", *cells], ["7", *cells.values()]])
    [found] = read_items(io.BytesIO(buffer.getvalue().encode()), Format.CSV)
    return found


def item_of(**cells: str) -> Any:
    """Return what is read of a row of these cells."""
    found = row_of(cells)
    assert found.errors == {}
    return found.value


def fault_of(**cells: str) -> str:
    """Return what is wrong with a row of these cells."""
    found = row_of(cells)
    assert found.value is None
    [message] = found.errors[""]
    return message


def test_every_field_has_its_columns_and_there_are_no_others() -> None:
    columns = TEXTS | FLAGS | OPTIONAL_FLAGS | LISTS | {"products", *OBJECTS.values()}
    fields = set(ImportedClinicianSerializer().fields)

    assert COLUMNS.keys() == columns
    assert {column.field for column in COLUMNS.values()} == fields
    assert set(EXPORTED) < columns
    assert len(EXPORTED) == len(set(EXPORTED))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_text_is_taken_as_it_stands(name: str) -> None:
    for text in (
        "a",
        " a b ",
        "1",
        "true",
        "null",
        "a;b\\",
        'a "b"',
        "a\nb\r\nc",
        "é😀",
    ):
        assert item_of(**{name: text}) == {name: text}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_one_apostrophe_guards_a_text_and_is_no_part_of_it(name: str) -> None:
    guarded = {"'": "", "'=1": "=1", "''": "'", "'''a": "''a", "'a": "a", "a'": "a'"}
    for cell, text in guarded.items():
        assert item_of(**{name: cell}) == {name: text}


def test_what_looks_like_a_formula_is_read_all_the_same() -> None:
    for text in ("=1+1", "+44", "-1", "@a", "\ta", "\ra"):
        assert item_of(phone_number=text) == {"phone_number": text}


def test_an_empty_cell_is_null_or_an_empty_list_or_says_nothing() -> None:
    filled = {"uuid": "a"}
    for name in COLUMNS.keys() - {"uuid"}:
        item = item_of(**filled, **{name: ""})
        if name in REQUIRED:
            assert item == {**filled, name: ""}
        elif name in NULLABLE | FLAGS:
            assert item == {**filled, name: None}
        elif name in LISTS:
            assert item == {**filled, name: []}
        else:
            assert item == filled


def test_what_a_new_clinician_needs_may_be_null_as_stored() -> None:
    cells = dict.fromkeys(sorted(REQUIRED), "") | {"job_title": "'"}
    as_text = dict.fromkeys(REQUIRED, "")

    assert item_of(**cells, as_stored="true") == {
        **dict.fromkeys(REQUIRED),
        "job_title": "",
        "as_stored": True,
    }
    assert item_of(**cells, as_stored="false") == {**as_text, "as_stored": False}
    assert item_of(**cells, as_stored="") == as_text


@pytest.mark.parametrize("name", sorted(FLAGS | OPTIONAL_FLAGS))
def test_booleans_are_words_in_any_case(name: str) -> None:
    for cell in ("true", "TRUE", "True"):
        assert item_of(**{name: cell}) == {name: True}
    for cell in ("false", "FALSE", "False"):
        assert item_of(**{name: cell}) == {name: False}
    for cell in ("1", "0", "yes", " true", "'true", "null", "'"):
        assert item_of(**{name: cell}) == {name: cell}  # to be refused as a text


@pytest.mark.parametrize("name", sorted(LISTS))
def test_lists_are_separated_by_semicolons(name: str) -> None:
    lists: dict[str, list[str]] = {
        "a": ["a"],
        "a;b": ["a", "b"],
        " a ; b ": [" a ", " b "],
        "a,b": ["a,b"],
        "a;;b": ["a", "", "b"],
        ";": ["", ""],
        r"a\;b;c": ["a;b", "c"],
        r"a\\;b": ["a\\", "b"],
        r"a\\\;b": ["a\\;b"],
        r"\\\\": ["\\\\"],
        r"a\b;\n": ["a\\b", "\\n"],
        "a\\": ["a\\"],
        "'": [],
        "'=a;b": ["=a", "b"],
        "''a": ["'a"],
        "a;'b": ["a", "'b"],
    }
    for cell, values in lists.items():
        assert item_of(**{name: cell}) == {name: values}, cell


def test_products_are_names_or_json() -> None:
    whole = [{"product_name": "GDM", "opened_date": "2024-01-31", "closed_date": None}]
    cell = '[{"product_name": "GDM", "opened_date": "2024-01-31", "closed_date": null}]'
    names = [{"product_name": "GDM"}, {"product_name": "S;E"}]

    assert item_of(products=r"GDM;S\;E") == {"products": names}
    assert item_of(products="'-x") == {"products": [{"product_name": "-x"}]}
    assert item_of(products="'") == {"products": []}
    assert item_of(products_json=cell) == {"products": whole}
    assert item_of(products="", products_json=cell) == {"products": whole}
    assert item_of(products_json="", products="GDM;S\\;E") == {"products": names}
    assert fault_of(products="GDM", products_json=cell) == TWICE
    assert fault_of(products_json="[]", products="GDM") == TWICE


@pytest.mark.parametrize(("field", "name"), OBJECTS.items())
def test_objects_are_json(field: str, name: str) -> None:
    for cell, value in {
        "[]": [],
        " [ ] ": [],
        "null": None,
        "1": 1,
        '[{"a": "\\ud83d\\ude00;\\\\"}]': [{"a": "😀;\\"}],
    }.items():
        assert item_of(**{name: cell}) == {field: value}


@pytest.mark.parametrize("name", OBJECTS.values())
@pytest.mark.parametrize(
    "cell",
    ["{", "GDM", "[NaN]", '[{"a": 1, "a": 2}]', r'["\u0000"]', "'[]", " ", "[" * 9999],
)
def test_a_cell_that_is_no_json_is_a_fault_of_its_own(name: str, cell: str) -> None:
    assert fault_of(**{name: cell}) == f"{name}: {NO_JSON}"
