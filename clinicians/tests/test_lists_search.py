"""q: names and roles by a part of them, badges as a whole."""

from typing import Any

import pytest

from clinicians import search
from clinicians.dialects import DIALECTS
from clinicians.testing import Api, created, listed, stored
from roles.models import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "last", "term"),
    [
        ("Ada", "Invented", "vent"),
        ("Ada", "Invented", "INVENTED ADA"),
        ("Ada", "Invented", "d a"),
        ("Ada", "Invented", " "),
        ("Ada", "Invented", "ted "),
        ("Éloïse", "ÅNGSTRÖM", "ångström éLOÏSE"),
        ("Ольга", "ИВАНОВА", "иванова ольга"),
        ("Σίσυφος", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Σίσυφος", "Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"),
        ("Σίσυφος", "Οδυσσεύς", "σίσυφοσ"),
        ("Uwe", "Strauß", "STRAUSS"),
        ("Uwe", "STRAUSS", "strauß"),
        ("Uwe", "STRAUẞ", "straus"),
        ("İbrahim", "ILGAZ", "i̇brahim"),
        ("i̇brahim", "Ilgaz", "İBRAHIM"),
        ("Ilgaz", "x", "ILGAZ"),
        ("ﬁona", "x", "FIONA"),
        ("Ǆ", "x", "ǆ"),
        ("\uff41", "x", "\uff21"),
        ("𐐀", "x", "𐐨"),
        ("😀", "x", "😀"),
        ("100%", "x", "0%"),
        ("a_b", "x", "A_B"),
        ("back\\slash", "x", "K\\S"),
        ("quo'te\"", "x", "'TE\""),
        ("[a-z]*?", "x", "[A-Z]*?"),
    ],
)
def test_a_part_of_the_name_in_any_case(first: str, last: str, term: str) -> None:
    created(uuid="1", first_name=first, last_name=last)
    created(uuid="2", first_name="Other", last_name="Body", groups=[])
    assert "1" in listed(q=term)
    if term != " ":
        assert listed(q=term) == ["1"]


@pytest.mark.parametrize(
    "term",
    ["%", "_", "A%d", "A_a", "\\", "\\%", "%%", "ada invented", "  ", "adá", "ada\n"],
)
def test_no_wildcards_and_no_trimming(term: str) -> None:
    created(first_name="Ada", last_name="Invented")
    assert listed(q=term) == []


@pytest.mark.parametrize("literal", ["%", "_", "\\", "\\\\", "%_\\"])
def test_wildcards_are_literal(literal: str) -> None:
    created(uuid="1", last_name=f"x{literal}y")
    created(uuid="2", last_name="xzy")
    assert listed(q=f"x{literal}Y") == ["1"]


def test_an_empty_term_is_no_filter() -> None:
    created(uuid="1")
    stored("2")
    assert listed(q="") == ["1", "2"]


@pytest.mark.parametrize(
    ("names", "term"),
    [
        ({"first_name": "Ada"}, " ada"),
        ({"last_name": "Ada"}, "ada "),
        ({}, " "),
        ({"first_name": "", "last_name": "Ada"}, "ADA "),
    ],
)
def test_a_null_name_is_empty(names: dict[str, Any], term: str) -> None:
    stored("1", **names)
    assert listed(q=term) == ["1"]
    assert listed(q="None") == []


@pytest.mark.parametrize("term", ["gdm clin", "GDM CLINICIAN", "dm c"])
def test_a_part_of_a_roles_name(term: str) -> None:
    created(uuid="1", groups=["GDM Clinician", "GDM Superclinician"])
    created(uuid="2", groups=["SEND Clinician"])
    assert listed(q=term) == ["1"]


def test_a_role_that_is_none_is_found() -> None:
    created(uuid="1")
    clinician = stored("2", last_name="z")
    clinician.roles.add(Role.objects.create(name="ÄLTERE 50%", recognised=False))
    assert listed(q="ältere 50%") == ["2"]
    assert listed(q="ältere _0%") == []


def test_who_matches_twice_is_listed_once() -> None:
    created(
        uuid="1",
        last_name="Clinician",
        send_entry_identifier="clinician",
        groups=["GDM Clinician", "SEND Clinician"],
    )
    assert listed(q="clinician") == ["1"]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("Ab1", True),
        ("ab1", False),
        ("AB1", False),
        ("Ab", False),
        ("Ab1 ", False),
        (" Ab1", False),
        ("Ab_", False),
    ],
)
def test_the_badge_is_exact(term: str, found: bool) -> None:
    created(uuid="1", send_entry_identifier="Ab1", first_name="x", last_name="y")
    assert listed(q=term) == (["1"] if found else [])


def test_badges_are_not_unique() -> None:
    for uuid in ("1", "2"):
        created(uuid=uuid, send_entry_identifier="777")
    assert listed(q="777") == ["1", "2"]


def test_other_fields_are_not_searched() -> None:
    created(
        email_address="needle@example.org",
        job_title="needle",
        nhs_smartcard_number="needle",
        phone_number="needle",
        locations=["needle"],
        products=[{"product_name": "needle"}],
    )
    assert listed(q="needle") == []


def test_the_longest_names_are_searched_to_their_end() -> None:
    created(uuid="1", last_name="ΐ" * 999 + "x", first_name="ΐ" * 999 + "y")
    assert listed(q="X " + "ΐ" * 990) == ["1"]
    assert listed(q="ΐy") == ["1"]
    assert listed(q="%" * 1000) == []


def test_a_changed_name_is_found_and_the_old_one_is_not() -> None:
    created(uuid="1")
    Api().patch("/dhos/v1/clinician/1", {"last_name": "Renamed"})
    assert listed(q="renamed ada") == ["1"]
    assert listed(q="invented") == []


@pytest.mark.parametrize("few", [0, 2, 1000])
def test_few_and_many_are_found_alike(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    for number, last_name in enumerate(("Marple", "M_rple%", "Else")):
        created(
            uuid=str(number),
            last_name=last_name,
            send_entry_identifier="rple" if last_name == "Else" else f"B{number}",
            login_active=number > 0,
            groups=["GDM Clinician"] if number else [],
        )
    finding = search._finding
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(
        search, "FINDING", {name: finding(each) for name, each in DIALECTS.items()}
    )

    assert listed(q="rple") == listed(q="rple", limit=9) == ["2", "1", "0"]
    assert listed(q="rple", limit=1, offset=1) == ["1"]
    assert listed(q="rple", limit=9, order="desc") == ["0", "1", "2"]
    assert sorted(listed(q="M_rp")) == ["1"]
    assert sorted(listed(q="rple%")) == ["1"]
    assert sorted(listed(q="GDM clin")) == ["1", "2"]
    assert sorted(listed(q="rple", login_active="true")) == ["1", "2"]
    assert listed(q="rple\\") == []
