"""What is exported and imported again is what there was, in every format."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from clinicians.models import Clinician, Product
from clinicians.testing import Api, announced, set_password
from clinicians.tests.files import LEGACY, imported, item, run
from clinicians.tests.test_bulk import moved_in
from roles.models import Role

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
FORMATS = ["ndjson", "json", "csv"]
SURROGATES = ("id", "version")
"""Numbers that say nothing of a clinician."""

BLOCK = {
    "created": "2019-01-01T00:00:00.123456Z",
    "created_by": "old;1",
    "modified": "2019-12-31T23:59:59.999999Z",
    "modified_by": "'=",
}
NASTY = [
    "=1+1",
    "+44 7",
    "-",
    "@SUM(A1)",
    "'",
    "''quoted'",
    "\ttab",
    "\rcarriage return\r",
    "\nlines\r\nand\nlines\n",
    '"',
    '""a","b"',
    ",",
    ";",
    "\\",
    "\\;\\\\;;",
    " blanks ",
    "\u00a0\u2028\u2029\u0085\x0b\x0c\x1c\x7f",
    "\ufefféé\u0301\u202e\u05e2\u05d1 密码 \U0001f469\u200d\U0001f680",
    "null",
    "true",
    "{}",
    "[",
    "\\N",
    "\\u0041",
    "%s",
]
TEXTS = (
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
)
PARTS: dict[str, Any] = {
    "products": [
        {
            "uuid": "p 1",
            "product_name": "=GDM",
            "opened_date": "0001-01-01",
            "closed_date": "9999-12-31",
            "closed_reason": "'; \\\r\n",
            "closed_reason_other": "",
            **BLOCK,
        },
        {"uuid": "p;2", "product_name": "=GDM", "opened_date": "2020-02-29"},
        {"uuid": "a", "product_name": "aaa", "opened_date": "2000-01-01", **BLOCK},
    ],
    "terms_agreements": [
        {
            "uuid": "t1",
            "product_name": "Z",
            "version": -1,
            "accepted_timestamp": "2019-05-06T07:08:09.000001+01:00",
            **BLOCK,
        },
        {"uuid": "t3", "product_name": "Z", "version": 2147483647, "tou_version": 0},
        {"uuid": "t2", "product_name": "Z", "patient_notice_version": 3},
        {"uuid": "t0", "product_name": "'", "tou_accepted_timestamp": "2019-05-06"},
        {"uuid": "t9", "product_name": "Z"},
    ],
}


def fill() -> None:
    """Put everybody into the store who is hard to write down."""
    nasty = [
        item(
            f"n{number}",
            **dict.fromkeys(TEXTS, text),
            **dict.fromkeys(["phone_number", "job_title", "first_name"], text),
            email_address=f"{text}{number}",
        )
        for number, text in enumerate(NASTY)
    ]
    members = {
        name: [text[:36] for text in NASTY]
        for name in ("locations", "bookmarks", "bookmarked_patients")
    }
    moved_in(
        *nasty,
        item("empty", **dict.fromkeys(TEXTS, ""), phone_number="", job_title=""),
        item("null", **dict.fromkeys(TEXTS), email_address=None, login_active=False),
        item("full", **BLOCK, **PARTS, **members, groups=["GDM Clinician", *NASTY]),
        item("flags", can_edit_ews=True, can_edit_encounter=False),
        item("more", can_edit_encounter=True, analytics_consent=False),
        item("=id", analytics_consent=True, contract_expiry_eod_date="0999-02-03"),
        item(" static_clinician;uuid\\A '", locations=["a;b"], groups=[]),
        item("legacy", **LEGACY),
        item("argon2"),
        item("lost"),
        item("lost all"),
    )
    set_password("argon2@mail.example", "correct horse")
    required = ["first_name", "last_name", "phone_number", "job_title"]
    nothing = dict.fromkeys([*required, "nhs_smartcard_number"])
    for name in ("lost", "lost all"):
        assert Api().patch(f"{PATH}/{name}", nothing).status_code == 200
    products = Product.objects.filter(clinician_id="lost all")
    gone = {"products": list(products.values("uuid")), "locations": ["L1"]}
    assert Api().patch(f"{PATH}/lost all/delete", gone).status_code == 200


def stored() -> dict[str, Any]:
    """Return every row of the store's tables; what has an order keeps it."""
    tables: list[type[models.Model]] = [
        *apps.get_app_config("clinicians").get_models(),
        *apps.get_app_config("bookmarks").get_models(),
        Role,
    ]
    return {model._meta.label: _rows(model) for model in tables}


def _rows(model: type[models.Model]) -> Any:
    rows = [
        tuple((name, value) for name, value in row.items() if name not in SURROGATES)
        for row in model._base_manager.order_by("pk").values()
    ]
    if not hasattr(model, "opened_date") and not hasattr(model, "tou_version"):
        return Counter(rows)
    by_clinician: dict[str, list[Any]] = {}
    for row in rows:
        by_clinician.setdefault(dict(row)["clinician_id"], []).append(row)
    return by_clinician


def empty() -> None:
    """Delete all clinicians, and the roles that only they had."""
    Clinician.objects.all().delete()
    Role.objects.filter(recognised=False).delete()
    connection.check_constraints()  # which PostgreSQL puts off, and alters nothing


@pytest.mark.parametrize("form", FORMATS)
def test_everything_comes_back(tmp_path: Path, form: str) -> None:
    fill()
    before = stored()
    path = tmp_path / "backup"
    how = ("--format", form, "--output", str(path))
    assert run("export_clinicians", *how, "--with-passwords").status == 0
    empty()
    messages = announced()
    told = imported(path)

    assert (told.status, told.err) == (0, "")
    after = stored()
    for name, rows in before.items():
        assert after[name] == rows, name
    assert announced() == messages


@pytest.mark.parametrize("form", FORMATS)
def test_without_passwords_all_but_they_come_back(tmp_path: Path, form: str) -> None:
    fill()
    before = stored()
    path = tmp_path / "export"
    how = ("--format", form, "--output", str(path))
    assert run("export_clinicians", *how).status == 0
    empty()
    assert imported(path).status == 0

    after = stored()
    assert not Clinician.objects.filter(password__isnull=False).exists()
    before["clinicians.Clinician"] = Counter(
        tuple((name, None if name == "password" else value) for name, value in row)
        for row in before["clinicians.Clinician"].elements()
    )
    assert after == before


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_exported_changes_nothing_where_it_came_from(
    tmp_path: Path, form: str
) -> None:
    fill()
    path = tmp_path / "backup"
    how = ("--format", form, "--output", str(path))
    run("export_clinicians", *how, "--with-passwords")
    number = Clinician.objects.count()
    before = stored()
    told = imported(path, "--on-conflict", "update")

    assert (told.status, told.counts()) == (0, {"unchanged": number})
    assert stored() == before


@pytest.mark.parametrize("form", FORMATS)
def test_one_alone_comes_back(tmp_path: Path, form: str) -> None:
    fill()
    before = stored()
    path = tmp_path / "one"
    run(
        "export_clinicians",
        *("--id", "full"),
        *("--format", form, "--output", str(path)),
    )
    Clinician.objects.filter(pk="full").delete()
    assert imported(path).counts() == {"created": 1}

    assert stored() == before


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_empty_store_comes_back(tmp_path: Path, form: str) -> None:
    path = tmp_path / "nobody"
    assert (
        run("export_clinicians", *("--format", form, "--output", str(path))).status == 0
    )
    assert imported(path).counts() == {}
