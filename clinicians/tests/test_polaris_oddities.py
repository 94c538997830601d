"""Moving over from Polaris: what becomes of what real data holds."""

from typing import Any

import pytest

from clinicians.models import REQUIRED, Clinician, Product, TermsAgreement
from clinicians.testing import Api, json_of, nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

LISTS = ("groups", "locations", "bookmarks", "bookmarked_patients")
CLASHING = {
    "case": ("Ada@mail.example", "ada@mail.example"),
    "blanks": (" ada@mail.example", "ada@mail.example "),
    "both": ("\tADA@mail.example", "ada@mail.example\n"),
    "no-break space": ("\N{NO-BREAK SPACE}ada@mail.example", "ada@mail.example"),
    "ideographic space": ("ada@mail.example\N{IDEOGRAPHIC SPACE}", "ada@mail.example"),
    "dotted capital I": ("İda@mail.example", "i\N{COMBINING DOT ABOVE}da@mail.example"),
    "sharp s": ("STRAẞE@mail.example", "straße@mail.example"),
    "Kelvin sign": ("\N{KELVIN SIGN}@mail.example", "k@mail.example"),
    "final sigma": ("ΟΔΟΣ@mail.example", "οδος@mail.example"),
}
DISTINCT = {
    "sharp s is not ss": ("straße@mail.example", "strasse@mail.example"),
    "dotted capital I is not i": ("İda@mail.example", "ida@mail.example"),
    "dotless i": ("\N{LATIN SMALL LETTER DOTLESS I}@mail.example", "i@mail.example"),
    "sigma is not final": ("ΟΔΟΣ@mail.example", "οδοσ@mail.example"),
    "zero-width space": ("\N{ZERO WIDTH SPACE}a@mail.example", "a@mail.example"),
    "blank within": ("a a@mail.example", "aa@mail.example"),
}


def shown(clinician_id: str) -> Any:
    return json_of(Api().get(f"/dhos/v1/clinician/{clinician_id}"))


def test_lists_that_are_null_become_empty(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", **dict.fromkeys(LISTS))

    assert polaris.summary()["oddities"]["lists that were null"] == 4
    assert [shown("ada")[name] for name in LISTS] == [[]] * 4


def test_a_value_twice_in_a_list_counts_once(polaris: LegacyDatabase) -> None:
    polaris.add_user(
        "ada",
        groups=["SEND Clinician", "GDM Clinician", "SEND Clinician"],
        locations=["L2", "L1", "L1"],
        bookmarks=["B1", "B1"],
        bookmarked_patients=["P1", None, "P0"],
    )

    oddities = polaris.summary()["oddities"]
    assert oddities["lists that held a value twice"] == 4
    body = shown("ada")
    assert body["groups"] == ["GDM Clinician", "SEND Clinician"]
    assert body["locations"] == ["L1", "L2"]
    assert body["bookmarks"] == ["B1"]
    assert body["bookmarked_patients"] == ["P0", "P1"]


def test_required_texts_that_are_null_become_empty(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", **dict.fromkeys(REQUIRED))

    oddities = polaris.summary()["oddities"]
    assert oddities['required text null, now ""'] == 5
    assert {shown("ada")[name] for name in REQUIRED} == {""}


def test_products_and_agreements_of_nobody_are_counted_and_skipped(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("ada")
    polaris.add_product("p1", "ada")
    polaris.add_agreement("t1", "ada")
    for number in range(3):
        polaris.add_product(f"orphan {number}", None)
    for number in range(2):
        polaris.add_agreement(f"orphan {number}", None)
    tables = polaris.summary()["tables"]

    numbers = {"rows": 4, "without_user": 3, "read": 1, "in_store": 1}
    assert tables["product"] == numbers
    assert tables["terms_agreement"] == {**numbers, "rows": 3, "without_user": 2}
    assert Product.objects.get().uuid == "p1"
    assert TermsAgreement.objects.get().uuid == "t1"


@pytest.mark.parametrize(
    ("found", "stored"),
    [
        ("Ada@Mail.EXAMPLE", "ada@mail.example"),
        ("  ada@mail.example\t", "ada@mail.example"),
        ("\N{NO-BREAK SPACE}ADA@mail.example", "ada@mail.example"),
        ("İda@mail.example", "i\N{COMBINING DOT ABOVE}da@mail.example"),
        ("STRAẞE@mail.example", "straße@mail.example"),
        ("", None),
        (" \t\N{NO-BREAK SPACE}", None),
    ],
)
def test_addresses_are_normalised(
    polaris: LegacyDatabase, found: str, stored: str | None
) -> None:
    polaris.add_user("ada", email_address=found)
    polaris.add_user("grace", email_address="grace@mail.example")

    assert polaris.summary()["oddities"]["addresses normalised"] == 1
    assert shown("ada")["email_address"] == stored


def test_what_is_no_address_is_kept_and_reported(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", email_address="Not An Address")
    polaris.add_user("grace", email_address="grace@mail.example")
    polaris.add_user("joan", email_address="joan@ward 7")
    what = "addresses that do not look like one"
    told = polaris.imported()
    again = polaris.summary()

    assert f"2 {what}: ada, joan\n" in told.out
    assert "Not An" not in told.everything
    assert again["oddities"][what] == 2
    assert again["ids"] == {what: ["ada", "joan"]}
    assert shown("ada")["email_address"] == "not an address"


@pytest.mark.parametrize("pair", CLASHING.values(), ids=CLASHING)
def test_addresses_that_clash_stop_it(
    polaris: LegacyDatabase, pair: tuple[str, str]
) -> None:
    polaris.add_user("ada", email_address=pair[0], created="2018-01-01")
    polaris.add_user("grace", email_address=pair[1])
    polaris.add_user("joan", email_address="joan@mail.example")
    with nothing_written():
        told = polaris.refused()

    assert told == (
        "",
        "ada, grace: have the same address\n",
        "1 such cases; nothing was stored. --on-email-clash decides them.",
    )


@pytest.mark.parametrize("pair", DISTINCT.values(), ids=DISTINCT)
def test_addresses_that_only_look_alike_do_not_clash(
    polaris: LegacyDatabase, pair: tuple[str, str]
) -> None:
    polaris.add_user("ada", email_address=pair[0])
    polaris.add_user("grace", email_address=pair[1])

    assert polaris.summary()["created"] == 2


def test_blank_addresses_do_not_clash(polaris: LegacyDatabase) -> None:
    for number, blank in enumerate(("", " ", "\t", None)):
        polaris.add_user(f"c{number}", email_address=blank)

    assert polaris.summary()["created"] == 4
    assert not Clinician.objects.exclude(email_address=None)


def test_the_oldest_keeps_an_address_if_newer_ones_are_to_be_blanked(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("a", email_address="ADA@mail.example", created="2019-01-03")
    polaris.add_user("b", email_address="ada@mail.example", created="2019-01-02")
    polaris.add_user("c", email_address=" ada@mail.example", created="2019-01-01")
    polaris.add_user("e", email_address="Joan@mail.example")
    polaris.add_user("d", email_address="joan@mail.example")
    found = polaris.summary("--on-email-clash", "blank-newer")

    what = "addresses blanked, somebody older has them"
    assert found["oddities"][what] == 3
    assert found["ids"] == {what: ["a", "b", "e"]}
    stored = Clinician.objects.exclude(email_address=None).order_by("pk")
    assert list(stored.values_list("pk", "email_address")) == [
        ("c", "ada@mail.example"),
        ("d", "joan@mail.example"),
    ]


def test_there_is_no_other_way_to_decide_a_clash(polaris: LegacyDatabase) -> None:
    assert "invalid choice" in polaris.refused("--on-email-clash", "blank").error


def test_a_badge_number_used_twice_is_kept(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", send_entry_identifier="@123")
    polaris.add_user("grace", send_entry_identifier="@123")
    polaris.imported()

    for each in ("ada", "grace"):
        assert shown(each)["send_entry_identifier"] == "@123"


def test_badge_numbers_that_log_nobody_in_are_listed(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada", email_address="ada@mail.example")
    polaris.add_user("bea", send_entry_identifier=" ADA@mail.example")
    polaris.add_user("cy", email_address="cy@mail.example")
    polaris.change("user", "cy", send_entry_identifier="cy@mail.example")
    for each in ("dee", "eve"):
        polaris.add_user(each, send_entry_identifier="7", email_address=None)
    polaris.add_user("flo", send_entry_identifier="")

    found = polaris.summary("--dry-run")

    assert found["ids"]["badge numbers that several have"] == ["dee", "eve"]
    what = "badge numbers that are somebody else's address"
    assert found["ids"][what] == ["bea"]


def test_names_lose_the_blanks_around_them(polaris: LegacyDatabase) -> None:
    blank = "\N{NO-BREAK SPACE}"
    polaris.add_user("ada", groups=[f"GDM Clinician{blank}"])
    polaris.add_product("p1", "ada", product_name=f"GDM{blank}")

    found = polaris.summary()

    assert found["unknown_roles"] == {}
    assert shown("ada")["groups"] == ["GDM Clinician"]
    assert found["oddities"]["names of roles and products trimmed"] == 2
    assert shown("ada")["products"][0]["product_name"] == "GDM"
    assert polaris.imported("--verify")


BAD = "a/b"


def test_clinician_whose_id_no_path_can_carry_stops_it_unless_skipped(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user(BAD)
    polaris.add_product("p1", BAD)
    polaris.add_agreement("t1", BAD)
    polaris.add_user("ada")
    with nothing_written():
        told = polaris.refused()
    assert BAD in told.err

    found = polaris.summary("--skip-id", BAD)

    assert list(Clinician.objects.values_list("pk", flat=True)) == ["ada"]
    assert found["ids"]["clinicians skipped"] == [BAD]
    assert found["ids"]["products of skipped clinicians"] == ["p1"]
    assert found["ids"]["agreements of skipped clinicians"] == ["t1"]
    assert polaris.imported("--verify", "--skip-id", BAD)


def test_skipped_id_that_the_source_lacks_is_refused(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    with nothing_written():
        assert polaris.refused("--skip-id", "bea").error == (
            "--skip-id: the source has no 'bea'."
        )


def test_ids_of_lists_that_no_path_can_carry_are_dropped_where_asked_for(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("ada", locations=["w1", BAD, ".."], bookmarks=["login", "w2"])
    with nothing_written():
        polaris.refused()

    found = polaris.summary("--drop-bad-ids")

    assert shown("ada")["locations"] == ["w1"]
    assert shown("ada")["bookmarks"] == ["w2"]
    dropped = {each for each in found["ids"] if "dropped" in each}
    assert dropped == {
        "ids dropped from locations: 'a/b'",
        "ids dropped from locations: '..'",
        "ids dropped from bookmarks: 'login'",
    }


def test_two_open_products_of_one_name_stop_it(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    polaris.add_user("grace")
    polaris.add_product("p1", "ada")
    polaris.add_product("p2", "ada")
    polaris.add_product("p3", "grace", product_name="SEND")
    polaris.add_product("p4", "grace", product_name="SEND")
    polaris.add_product("p5", "grace")
    with nothing_written():
        told = polaris.refused()

    assert told == (
        "",
        (
            "ada (GDM): has two open products of one name\n"
            "grace (SEND): has two open products of one name\n"
        ),
        "2 such cases; nothing was stored. --close-older decides them.",
    )


def test_other_products_beside_an_open_one_are_fine(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    polaris.add_user("grace")
    polaris.add_product("p1", "ada")
    polaris.add_product("p2", "ada", closed_date="2020-01-01")
    polaris.add_product("p3", "ada", closed_date="2021-01-01")
    polaris.add_product("p4", "ada", product_name="SEND")
    polaris.add_product("p5", "grace")
    polaris.add_product("p6", None)
    polaris.add_product("p7", None)

    assert polaris.summary()["tables"]["product"]["in_store"] == 5


def test_the_last_opened_stays_open_if_older_ones_are_to_be_closed(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("ada")
    opened = {"p1": "2020-03-01", "p2": "2020-01-01", "p3": "2020-02-01"}
    for uuid, day in opened.items():
        polaris.add_product(uuid, "ada", opened_date=day)
    polaris.add_product("p4", "ada", closed_date="2020-12-31", closed_reason="left")
    polaris.add_product("p5", "ada", product_name="SEND", opened_date="2021-01-01")
    found = polaris.summary("--close-older")

    what = "open products closed, a later one is open"
    assert found["oddities"][what] == 2
    assert set(found["ids"][what]) == {"ada"}
    closed = {row["uuid"]: row["closed_date"] for row in shown("ada")["products"]}
    assert closed == {
        "p1": None,
        "p2": "2020-03-01",
        "p3": "2020-03-01",
        "p4": "2020-12-31",
        "p5": None,
    }


def test_of_products_opened_on_one_day_the_one_added_last_stays_open(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("ada")
    polaris.add_product("p1", "ada", created="2019-01-02")
    polaris.add_product("p2", "ada", created="2019-01-01")
    polaris.imported("--close-older")

    assert Product.objects.get(closed_date=None).uuid == "p1"
    assert str(Product.objects.get(uuid="p2").closed_date) == "2019-01-01"


def test_a_clinician_with_no_product_is_kept(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")

    assert polaris.summary()["oddities"] == {"clinicians with no product": 1}
    assert shown("ada")["products"] == []


def test_ids_of_who_made_it_are_cut(polaris: LegacyDatabase) -> None:
    longer, fits = {"created_by_": "c" * 37, "modified_by_": "m" * 99}, "x" * 36
    polaris.add_user("ada", **longer)
    polaris.add_product("p1", "ada", **longer)
    polaris.add_agreement("t1", "ada", created_by_="c" * 37, modified_by_=fits)
    oddities = polaris.summary()["oddities"]

    assert oddities["created_by or modified_by cut to 36 characters"] == 5
    for model in (Clinician, Product):
        row = model.objects.values("created_by", "modified_by").get()
        assert row == {"created_by": "c" * 36, "modified_by": "m" * 36}
    assert TermsAgreement.objects.get().modified_by == fits
