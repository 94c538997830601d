"""Bulk creation: what it stores."""

from typing import Any
from urllib.parse import quote

import pytest

from clinicians.models import Clinician, Product, TermsAgreement
from clinicians.testing import (
    Api,
    announced,
    clinician_body,
    json_of,
    logged_in,
    recorded,
)
from roles.models import Role

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/bulk"
LEGACY_SALT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
LEGACY_HASH = (  # of Pass@word1!
    "2d67ef67ff9d0d1f4d4534f599adb320a2d95398e8a5faf39d72eccf744a821a17e72f0d835485191d"
    "95bbaa2e7f98546d091bbe0d48c79410c49261819bf4b48c98cab5c18271b38572c32d4f6d4e969054"
    "a11e19d372efa5629882abe5d3dd4b1ee3029641398de8f708adafde8bb4f6b32e11b1ad6872b1419c"
    "f5fb39283e225ccb8392f7c37f46e9e4674ad47b1ce0cba5d0ada47b05427dc9479a512d51fdef79a5"
    "10cbf2793927746c97e1fe53bd4a7bc166b7fe40dd48f038d1da264c4b8894fc4538761be0fd9bc1f9"
    "8e535856330d2749c77f98917285809d8e84744761f389eb3fba7c9a9dc5b7b0bc607c91226f873912"
    "8468e3af7a709225fc56"
)
BLOCK = {
    "uuid": "x",
    "created": "2019-01-01T00:00:00.000Z",
    "created_by": "old-1",
    "modified": "2019-02-01T00:00:00.000Z",
    "modified_by": "old-2",
}
NOW = "2030-01-31T09:08:07.123456Z"
MADE = {
    "created": "2030-01-31T09:08:07.123Z",
    "created_by": "dhos-robot",
    "modified": "2030-01-31T09:08:07.123Z",
    "modified_by": "dhos-robot",
}


def moved_in(*items: Any) -> None:
    """Store clinicians by one request."""
    answer = Api().post(PATH, list(items))
    assert (answer.status_code, json_of(answer)) == (200, {"created": len(items)})


def shown(clinician_id: str) -> Any:
    return json_of(Api().get(f"/dhos/v1/clinician/{clinician_id}"))


def test_nothing_is_nothing() -> None:
    moved_in()

    assert (announced(), recorded()) == ([], [])


def test_a_whole_history_is_kept() -> None:
    product = {
        **BLOCK,
        "uuid": "p1",
        "product_name": "SEND",
        "opened_date": "2019-1-1",
        "closed_date": None,
        "closed_reason": "r",
        "closed_reason_other": "o",
    }
    agreement = {
        **BLOCK,
        "uuid": "t1",
        "product_name": "GDM",
        "version": 2,
        "accepted_timestamp": "2019-01-01T12:01:01+01:00",
        "tou_version": None,
        "tou_accepted_timestamp": None,
        "patient_notice_version": 0,
        "patient_notice_accepted_timestamp": "2019-01-02",
    }
    moved_in(
        clinician_body(
            **{**BLOCK, "uuid": "ada", "created": "2019-01-01T01:00:00+01:00"},
            email_address=" Ada@Example.COM",
            send_entry_identifier="7",
            can_edit_ews=True,
            login_active=False,
            contract_expiry_eod_date="2020-1-1",
            bookmarks=["b"],
            bookmarked_patients=["p"],
            products=[product],
            terms_agreements=[agreement],
        )
    )
    body = shown("ada")

    assert {name: body[name] for name in BLOCK} == {**BLOCK, "uuid": "ada"}
    assert body["email_address"] == "ada@example.com"
    assert (body["can_edit_ews"], body["login_active"]) == (True, False)
    assert (body["bookmarks"], body["bookmarked_patients"]) == (["b"], ["p"])
    assert body["products"] == [
        {
            **BLOCK,
            "uuid": "p1",
            "product_name": "SEND",
            "opened_date": "2019-01-01",
            "closed_date": None,
        }
    ]
    assert body["terms_agreement"] == {
        "GDM": {
            **BLOCK,
            "uuid": "t1",
            "product_name": "GDM",
            "version": 2,
            "accepted_timestamp": "2019-01-01T11:01:01.000+00:00",
            "patient_notice_version": 0,
            "patient_notice_accepted_timestamp": "2019-01-02T00:00:00.000+00:00",
        }
    }
    row = Product.objects.get()
    assert (row.closed_reason, row.closed_reason_other) == ("r", "o")


@pytest.mark.parametrize("absent", [{}, dict.fromkeys([*BLOCK][1:])])
@pytest.mark.time_machine(NOW, tick=False)
def test_what_is_not_given_is_now_and_the_caller(absent: dict[str, Any]) -> None:
    agreement = {"product_name": "GDM", "version": 1, **absent}
    product = {"product_name": "GDM", **absent}
    moved_in(
        clinician_body(
            uuid="ada", **absent, products=[product], terms_agreements=[agreement]
        )
    )
    body = shown("ada")

    for block in (body, body["products"][0], body["terms_agreement"]["GDM"]):
        assert {name: block[name] for name in MADE} == MADE
    assert body["products"][0]["opened_date"] == "2030-01-31"
    accepted = body["terms_agreement"]["GDM"]["accepted_timestamp"]
    assert accepted == "2030-01-31T09:08:07.123+00:00"


def test_an_agreement_may_have_no_version_at_all() -> None:
    moved_in(clinician_body(uuid="ada", terms_agreements=[{"product_name": "GDM"}]))

    assert sorted(shown("ada")["terms_agreement"]["GDM"]) == sorted(
        [*BLOCK, "product_name"]
    )


@pytest.mark.parametrize("legacy", [LEGACY_HASH, LEGACY_HASH.upper()])
def test_a_legacy_hash_logs_in(legacy: str) -> None:
    moved_in(
        clinician_body(
            uuid="ada",
            email_address="ada@example.com",
            password_hash=legacy,
            password_salt=LEGACY_SALT,
        )
    )

    assert logged_in("ada@example.com", "pass@word1!").status_code == 403
    assert logged_in("ada@example.com", "Pass@word1!").status_code == 200


@pytest.mark.parametrize(
    "nothing", [{}, {"password_hash": None, "password_salt": None}]
)
def test_no_legacy_hash_is_no_password(nothing: dict[str, None]) -> None:
    moved_in(clinician_body(uuid="ada", **nothing))

    assert Clinician.objects.get().password is None


def test_an_unknown_role_is_kept_and_grants_nothing() -> None:
    known = [role["name"] for role in Role.objects.recognised().values("name")]
    moved_in(
        clinician_body(
            uuid="ada",
            groups=["Midwife 2009", "GDM Clinician"],
            email_address="ada@example.com",
        ),
        clinician_body(uuid="grace", groups=["Midwife 2009"]),
    )

    assert shown("ada")["groups"] == ["GDM Clinician", "Midwife 2009"]
    assert shown("grace")["groups"] == ["Midwife 2009"]
    assert sorted(json_of(Api().get("/dhos/v1/roles"))) == sorted(known)
    role = Role.objects.get(name="Midwife 2009")
    assert (role.recognised, role.permissions.count()) == (False, 0)


def test_an_address_is_normalised_but_not_checked() -> None:
    moved_in(
        clinician_body(uuid="a", email_address=" No Address "),
        clinician_body(uuid="b", email_address=" "),
        clinician_body(uuid="c", email_address=""),
    )

    assert shown("a")["email_address"] == "no address"
    assert shown("b")["email_address"] is shown("c")["email_address"] is None


def test_the_rules_of_send_do_not_count() -> None:
    products = [{"product_name": "SEND"}]
    api = Api("write:clinician_migration", clinician_id="nobody")
    item = clinician_body(
        uuid="a", products=products, can_edit_ews=True, send_entry_identifier=None
    )
    temporary = {**item, "uuid": "b", "contract_expiry_eod_date": "2020-01-01"}

    assert api.post(PATH, [item, temporary]).status_code == 200
    for name in ("a", "b"):
        body = shown(name)
        assert body["can_edit_ews"] is True
        assert body["send_entry_identifier"] is None


def test_null_means_the_default_of_a_flag() -> None:
    moved_in(clinician_body(uuid="a", login_active=None, can_edit_ews=None))

    assert shown("a")["login_active"] is True
    assert shown("a")["can_edit_ews"] is False


def test_nothing_is_announced_and_each_clinician_recorded() -> None:
    secret = {"password_hash": LEGACY_HASH, "password_salt": LEGACY_SALT}
    moved_in(
        clinician_body(uuid="a", email_address="a@example.com", **secret),
        clinician_body(uuid="b"),
    )
    entries = recorded()

    assert announced() == []
    assert [entry[:2] for entry in entries] == [
        ("clinician.imported", "a"),
        ("clinician.imported", "b"),
    ]
    assert entries[0][2]["password"] == "changed"
    assert "password" not in entries[1][2]
    assert LEGACY_HASH not in str(entries)
    assert LEGACY_SALT not in str(entries)


def test_items_come_in_the_order_of_the_request_with_all_that_hangs_on_them() -> None:
    items = [
        clinician_body(
            uuid=f"c{number}",
            products=[{"product_name": "GDM"}, {"product_name": f"P{number}"}],
            terms_agreements=[{"product_name": "GDM", "version": number}],
            locations=[f"L{number}", "L"],
        )
        for number in range(100)
    ]
    moved_in(*items)

    assert Clinician.objects.count() == TermsAgreement.objects.count() == 100
    for number in (0, 57, 99):
        body = shown(f"c{number}")
        assert [each["product_name"] for each in body["products"]] == [
            "GDM",
            f"P{number}",
        ]
        assert body["locations"] == sorted([f"L{number}", "L"])
        assert body["terms_agreement"]["GDM"]["version"] == number


def test_the_longest_names_fit_into_the_indexes() -> None:
    longest = "".join(chr(0x20000 + 97 * number) for number in range(625))
    clinician_id = longest[:36]
    moved_in(
        clinician_body(
            uuid=clinician_id,
            email_address=longest,
            send_entry_identifier=longest,
            groups=[longest],
            products=[{"product_name": longest}],
            terms_agreements=[{"product_name": longest}],
            first_name=longest,
            last_name=longest,
            locations=[clinician_id],
        )
    )
    row = Clinician.objects.get()

    assert row.email_address == row.send_entry_identifier == longest
    assert shown(quote(clinician_id))["groups"] == [longest]
