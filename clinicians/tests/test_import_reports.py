"""What an import refused, written down to be mended and fed back."""

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clinicians.models import REQUIRED, Clinician
from clinicians.testing import stored
from clinicians.tests.files import imported, item, ndjson
from clinicians.transfer.checking import checked_batches
from clinicians.transfer.reading import read_items
from clinicians.transfer.reports import Report

NEEDLE = "Zq7"
NUMBER = 731_731
KEPT = ("--continue-on-error", "--report")
NO_TEXT = "A string is needed."
NEEDED = "This field is required."
MORE = "email_address groups locations products contract_expiry_eod_date"
COLUMNS = ("line", "uuid", *REQUIRED, *MORE.split())


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "refused"


@pytest.fixture
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def reported(data: str, path: Path, *, with_values: bool) -> str:
    """Return the report of all items of a file that are faulty by themselves."""
    with closing(Report(str(path), with_values=with_values)) as report:
        for batch in checked_batches(read_items(io.BytesIO(data.encode()))):
            for each in batch:
                if each.faults:
                    report.add(each, each.faults)
    return path.read_bytes().decode()


def rows(text: str) -> list[list[str]]:
    """Return the cells of a CSV file."""
    return list(csv.reader(io.StringIO(text, newline="")))


def row(**cells: str) -> list[str]:
    """Return the row of a good clinician under COLUMNS."""
    good = dict.fromkeys(COLUMNS, "") | {"uuid": "ada", "products": "GDM"}
    return list((good | cells).values())


def csv_file(path: Path, *each: list[str]) -> Path:
    """Write a CSV file of these rows under COLUMNS."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *each])
    return path


def test_json_without_values_names_line_field_and_message(report: Path) -> None:
    bad = item("b", job_title=..., products=[{"product_name": "", "opened_date": 1}])
    data = "\n".join(["", json.dumps(item("a")), json.dumps(bad), '{"uuid"', "[]"])
    lines = reported(data, report, with_values=False).splitlines()

    assert [json.loads(line) for line in lines] == [
        {"line": 3, "field": "job_title", "message": NEEDED},
        {
            "line": 3,
            "field": "products.0.product_name",
            "message": "This field may not be blank.",
        },
        {
            "line": 3,
            "field": "products.0.opened_date",
            "message": "A date such as 2026-01-31 is needed.",
        },
        {
            "line": 4,
            "field": "",
            "message": "Malformed JSON at column 8: Expecting ':' delimiter",
        },
        {"line": 5, "field": "", "message": "A JSON object is needed."},
    ]


@pytest.mark.parametrize("form", ["{}\n{}", "[{},\n{}]"])
def test_json_with_values_is_the_item_with_line_and_errors(
    form: str, report: Path
) -> None:
    bad = item("é😀", job_title=1, phone_number=..., line=99, errors=["old"])
    data = form.format(json.dumps(item("a")), json.dumps(bad))
    found = reported(data, report, with_values=True)

    assert "é😀" in found
    assert [json.loads(line) for line in found.splitlines()] == [
        {
            **bad,
            "line": 2,
            "errors": {
                "job_title": [NO_TEXT],
                "phone_number": [NEEDED],
            },
        }
    ]


def test_json_with_values_of_what_is_no_object(report: Path) -> None:
    found = reported("[[1],\nNaN]", report, with_values=True)

    assert [json.loads(line) for line in found.splitlines()] == [
        {"given": [1], "line": 1, "errors": {"": ["A JSON object is needed."]}},
        {"given": None, "line": 2, "errors": {"": ["JSON has no NaN"]}},
    ]


CSV = (
    "uuid,line,job_title,first_name,last_name,phone_number,nhs_smartcard_number,"
    'groups,locations,products,errors\n"a\nb",1,\'=x,,,,,,,GDM,\n'
    "bulk,2,'=x,,,,,,,,old\nc,3\n"
)
CSV_FAULTS = [
    ("4", "uuid", "No path can carry this as an id."),
    ("4", "products", NEEDED),
    ("5", "", "2 cells under 11 columns."),
]


def test_csv_without_values_names_line_field_and_message(report: Path) -> None:
    found = rows(reported(CSV, report, with_values=False))

    assert found == [["line", "field", "message"], *map(list, CSV_FAULTS)]


def test_csv_with_values_is_the_row_as_it_stood_with_line_and_errors(
    report: Path,
) -> None:
    found = rows(reported(CSV, report, with_values=True))

    names = [name for name in rows(CSV)[0] if name not in ("line", "errors")]
    errors = f"uuid: {CSV_FAULTS[0][2]}; products: {NEEDED}"
    assert found == [
        ["line", "errors", *names],
        ["4", errors, "bulk", "'=x", "", "", "", "", "", "", ""],
        ["5", CSV_FAULTS[2][2], "c"],
    ]


@pytest.mark.usefixtures("_open_umask")
@pytest.mark.parametrize("with_values", [True, False])
def test_only_the_owner_may_read_a_report(report: Path, with_values: bool) -> None:
    with closing(Report(str(report), with_values=with_values)):
        assert report.stat().st_mode & 0o777 == 0o600
    assert report.stat().st_mode & 0o777 == 0o600


def test_no_report_is_written_over_anything(report: Path, tmp_path: Path) -> None:
    report.write_text("precious")
    (tmp_path / "link").symlink_to(report)
    (tmp_path / "nowhere").symlink_to(tmp_path / "new")
    for path in (report, tmp_path / "link", tmp_path / "nowhere", tmp_path):
        with pytest.raises(FileExistsError):
            Report(str(path), with_values=True)

    assert report.read_text() == "precious"
    assert not (tmp_path / "new").exists()


@pytest.mark.django_db
def test_a_mended_report_of_json_is_fed_back(report: Path, tmp_path: Path) -> None:
    stored("taken", email_address="taken@mail.example")
    items = [
        item("a"),
        item("b", job_title=NUMBER),
        item("taken"),
        item("c", email_address="A@mail.example"),
    ]
    told = imported(ndjson(tmp_path / "f", items), *KEPT, str(report), "--with-values")
    lines = [json.loads(line) for line in report.read_text().splitlines()]

    assert told.counts() == {"created": 1, "refused": 3}
    assert [(line["line"], list(line["errors"])) for line in lines] == [
        (2, ["job_title"]),
        (3, ["uuid", "email_address"]),
        (4, ["email_address"]),
    ]
    assert imported(report).counts() == {"refused": 3}
    mended = zip(lines, [{"job_title": "x"}, item("d"), item("c")], strict=True)
    again = ndjson(tmp_path / "g", [line | change for line, change in mended])
    assert imported(again).counts() == {"created": 3}
    assert sorted(Clinician.objects.values_list("pk", flat=True)) == [
        *("a", "b", "c", "d", "taken"),
    ]


@pytest.mark.django_db
def test_a_mended_report_of_csv_is_fed_back(report: Path, tmp_path: Path) -> None:
    file = csv_file(
        tmp_path / "f",
        row(uuid="a"),
        row(uuid="b", contract_expiry_eod_date="tomorrow", first_name="'=1\n2"),
        row(uuid="a", phone_number="'"),
        row(uuid="c")[:-1],
    )
    told = imported(file, *KEPT, str(report), "--with-values")

    assert told.counts() == {"created": 1, "refused": 3}
    again = tmp_path / "again"
    assert imported(report, *KEPT, str(again), "--with-values").status == 1
    assert [line[2:] for line in rows(again.read_text())] == [
        line[2:] for line in rows(report.read_text())
    ]
    header, b, a, c = rows(report.read_text())
    b[header.index("contract_expiry_eod_date")] = "2030-1-1"
    a[header.index("uuid")] = "d"
    with report.open("w", newline="") as mended:
        csv.writer(mended).writerows([header, b, a, [*c, ""]])
    assert imported(report).counts() == {"created": 3}
    assert Clinician.objects.get(pk="b").first_name == "=1\n2"
    assert sorted(Clinician.objects.values_list("pk", flat=True)) == [*"abcd"]


def revealing() -> Iterator[dict[str, Any]]:
    """Yield items that are full of needles, and wrong in every field in turn."""
    product = {"uuid": f"{NEEDLE}p", "product_name": NEEDLE, "closed_reason": NEEDLE}
    agreement = {"uuid": f"{NEEDLE}t", "product_name": NEEDLE, "version": NUMBER}
    whole = dict.fromkeys(item(), NEEDLE) | {
        "password": NEEDLE,
        "created_by": NEEDLE,
        "email_address": f"{NEEDLE}@{NEEDLE}",
        "groups": [NEEDLE],
        "locations": [NEEDLE],
        "products": [product],
        "terms_agreements": [agreement],
    }
    for name in whole:
        for bad in (NUMBER, [NUMBER], {NEEDLE: NUMBER}, NEEDLE * 999, [[NEEDLE]]):
            yield whole | {name: bad}
    yield whole | {"password_hash": NEEDLE, "password_salt": NEEDLE}
    yield whole | {"products": [product | {"opened_date": NEEDLE}, product, NEEDLE]}
    yield whole | {"terms_agreements": [agreement | {"version": NEEDLE}, agreement]}


@pytest.mark.django_db
def test_without_values_nothing_of_an_item_is_in_a_report(
    report: Path, tmp_path: Path
) -> None:
    stored(NEEDLE, email_address=f"{NEEDLE}@{NEEDLE}".lower())
    good = item(NEEDLE, email_address=f"{NEEDLE}@{NEEDLE}")
    torn = [f'{{"uuid": "{NEEDLE}', f'["{NEEDLE}"]', f'"{NEEDLE}"', NEEDLE]
    conflicts = [good, good, good | {"uuid": f"{NEEDLE}2"}]
    told = imported(
        ndjson(tmp_path / "f", ["{}", *revealing(), *torn, *conflicts]),
        *(*KEPT, str(report)),
    )
    text = report.read_text()

    assert told.counts() == {"refused": told.summary["read"]}
    assert len({json.loads(line)["line"] for line in text.splitlines()}) > 60
    assert NEEDLE.lower() not in text.lower()
    assert str(NUMBER) not in text


@pytest.mark.django_db
def test_without_values_nothing_of_a_row_is_in_a_report(
    report: Path, tmp_path: Path
) -> None:
    stored(NEEDLE, email_address=f"{NEEDLE}@x".lower())
    good = row(uuid=NEEDLE, email_address=f"{NEEDLE}@x", products=NEEDLE)
    bad = row(**dict.fromkeys(COLUMNS, NEEDLE * 999))
    file = csv_file(tmp_path / "f", good, good, bad, good[:-1], [*good, NEEDLE])
    told = imported(file, *KEPT, str(report))

    assert told.counts() == {"refused": 5}
    assert {line[0] for line in rows(report.read_text())} == {"line", *"23456"}
    assert NEEDLE.lower() not in report.read_text().lower()
