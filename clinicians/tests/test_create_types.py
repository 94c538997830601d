"""The strict types of a creation's fields, each refused with its path."""

from typing import Any

import pytest
from django.test import override_settings

from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
REQUIRED_TEXT = (
    "first_name",
    "last_name",
    "phone_number",
    "job_title",
    "nhs_smartcard_number",
)
OPTIONAL_TEXT = (
    "email_address",
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
)
TEXT = (*REQUIRED_TEXT, *OPTIONAL_TEXT)
FLAGS = ("login_active", "can_edit_ews", "can_edit_encounter", "analytics_consent")
SETS = ("locations", "groups", "bookmarks", "bookmarked_patients")
TIMES = ("created", "modified")
IDS = ("uuid", "created_by", "modified_by")
IDENTIFIERS = {
    "uuid": "A1",
    "created": "2020-01-01",
    "created_by": "A1",
    "modified": "2020-01-01",
    "modified_by": "A1",
}

NO_STRING = ["A string is needed."]
NO_FLAG = ["true or false is needed."]
NO_DATE = ["A date such as 2026-01-31 is needed."]
NO_TIME = ["A time such as 2026-01-31T09:08:07.123Z is needed."]
NO_LIST = ["A list is needed."]
NO_OBJECT = ["A JSON object is needed."]
REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
BLANK = ["This field may not be blank."]
UNKNOWN = ["Unknown field."]


def refused(**changes: Any) -> Any:
    """Return the errors of a creation that is refused, nothing being written."""
    with nothing_written():
        status, errors = problem_of(Api().post(PATH, clinician_body(**changes)))
    assert status == 400
    return errors


@pytest.mark.parametrize("name", [*REQUIRED_TEXT, "locations", "groups", "products"])
def test_a_required_field_may_not_be_left_out_or_null(name: str) -> None:
    assert refused(**{name: ...}) == {name: REQUIRED}
    assert refused(**{name: None}) == {name: NULL}


@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"a": "x"}])
@pytest.mark.parametrize("name", [*TEXT, *IDS])
def test_only_a_string_is_a_string(name: str, value: Any) -> None:
    assert refused(**{name: value}) == {name: NO_STRING}


@pytest.mark.parametrize("name", TEXT)
def test_text_has_at_most_1000_characters(name: str) -> None:
    errors = refused(**{name: "x" * 1001})

    assert list(errors) == [name]
    assert "Ensure this field has no more than 1000 characters." in errors[name]


@pytest.mark.parametrize("name", [n for n in TEXT if n != "email_address"])
def test_text_of_1000_characters_is_stored(name: str) -> None:
    answer = Api().post(PATH, clinician_body(**{name: "é" * 1000}))

    assert answer.status_code == 200
    if name != "booking_reference":
        assert json_of(answer)[name] == "é" * 1000


@pytest.mark.parametrize("value", ["true", "", 0, 1, [], {}])
@pytest.mark.parametrize("name", FLAGS)
def test_only_true_and_false_are_booleans(name: str, value: Any) -> None:
    assert refused(**{name: value}) == {name: NO_FLAG}


BAD_DATES = [
    20240131,
    True,
    [],
    "",
    "31-01-2024",
    "2024-13-01",
    "2023-02-29",
    "2024-01-31T00:00:00Z",
    "24-1-1",
    " 2024-01-31",
    "2024-01-31\n",
    "٢٠٢٤-01-31",
]


@pytest.mark.parametrize("value", BAD_DATES)
def test_only_a_date_is_a_date(value: Any) -> None:
    assert refused(contract_expiry_eod_date=value) == {
        "contract_expiry_eod_date": NO_DATE
    }
    for name in ("opened_date", "closed_date"):
        products = [{"product_name": "GDM", name: value}]
        assert refused(products=products) == {f"products.0.{name}": NO_DATE}


@pytest.mark.parametrize("value", ["2021-7-19", "2021-07-19", "2021-7-9", "0001-01-01"])
def test_a_date_may_be_unpadded(value: str) -> None:
    year, month, day = map(int, value.split("-"))
    padded = f"{year:04}-{month:02}-{day:02}"
    body = json_of(Api().post(PATH, clinician_body(contract_expiry_eod_date=value)))

    assert body["contract_expiry_eod_date"] == padded


@pytest.mark.parametrize(
    "value", [5, "", "x", "2024-01-31T25:00", "0001-01-01T00:00+01"]
)
@pytest.mark.parametrize("name", TIMES)
def test_only_a_time_is_a_time(name: str, value: Any) -> None:
    assert refused(**{name: value}) == {name: NO_TIME}


@pytest.mark.parametrize("name", SETS)
def test_only_a_list_is_a_list(name: str) -> None:
    for value in ("L1", {"L1": 1}, 1, True):
        assert refused(**{name: value}) == {name: NO_LIST}
    if name in ("groups", "locations"):
        assert refused(**{name: None}) == {name: NULL}
    else:
        assert created(**{name: None})[name] == []


@pytest.mark.parametrize("name", SETS)
def test_a_member_of_a_list_is_a_string(name: str) -> None:
    assert refused(**{name: ["A1", 1, None, ["x"], ""]}) == {
        f"{name}.1": NO_STRING,
        f"{name}.2": NULL,
        f"{name}.3": NO_STRING,
        f"{name}.4": BLANK,
    }


@pytest.mark.parametrize("name", ["locations", "bookmarks", "bookmarked_patients"])
def test_an_id_has_at_most_36_characters(name: str) -> None:
    assert refused(**{name: ["x" * 37]}) == {
        f"{name}.0": ["Ensure this field has no more than 36 characters."]
    }
    answer = Api().post(PATH, clinician_body(**{name: ["é" * 36]}))
    assert json_of(answer)[name] == ["é" * 36]


@pytest.mark.parametrize("name", IDS)
def test_an_identifier_has_1_to_36_characters(name: str) -> None:
    too_long = ["Ensure this field has no more than 36 characters."]

    assert refused(**{name: "x" * 37}) == {name: too_long}
    assert refused(**{name: ""}) == {name: BLANK}
    assert Api().post(PATH, clinician_body(**{name: "x" * 36})).status_code == 200


@pytest.mark.parametrize("reserved", ["bulk", "login"])
def test_a_path_of_the_api_is_no_id(reserved: str) -> None:
    assert refused(uuid=reserved) == {"uuid": ["No path can carry this as an id."]}
    assert Api().post(PATH, clinician_body(uuid=reserved.title())).status_code == 200


@pytest.mark.parametrize(
    ("products", "errors"),
    [
        ("GDM", {"products": NO_LIST}),
        ([], {"products": ["This list may not be empty."]}),
        (["GDM"], {"products.0": NO_OBJECT}),
        ([None], {"products.0": NULL}),
        ([{}], {"products.0.product_name": REQUIRED}),
        ([{"product_name": None}], {"products.0.product_name": NULL}),
        ([{"product_name": 1}], {"products.0.product_name": NO_STRING}),
        (
            [{"product_name": "GDM"}, {"product_name": "DBM", "opened_date": None}],
            {"products.1.opened_date": NULL},
        ),
        (
            [{"product_name": "GDM", "closed_reason": 1, "closed_reason_other": []}],
            {
                "products.0.closed_reason": NO_STRING,
                "products.0.closed_reason_other": NO_STRING,
            },
        ),
        (
            [{"product_name": "GDM", "closed": "2024-01-31"}],
            {"products.0.closed": UNKNOWN},
        ),
        (
            [{"product_name": "GDM", "uuid": 1, "created": "x"}],
            {"products.0.uuid": NO_STRING, "products.0.created": NO_TIME},
        ),
    ],
)
def test_a_faulty_product_is_refused(products: Any, errors: Any) -> None:
    assert refused(products=products) == errors


@pytest.mark.parametrize(
    "name", ["password", "password_hash", "terms_agreement", "terms_agreements", "x"]
)
def test_any_other_key_is_refused(name: str) -> None:
    assert refused(**{name: None}) == {name: UNKNOWN}


def test_all_faults_are_named_at_once() -> None:
    assert refused(x=1, first_name=1, locations=...) == {
        "x": UNKNOWN,
        "first_name": NO_STRING,
        "locations": REQUIRED,
    }


@pytest.mark.parametrize("address", ["nope", "a@b", "a b@example.com", "@example.com"])
def test_an_address_must_look_like_one(address: str) -> None:
    assert refused(email_address=address) == {
        "email_address": ["Enter a valid email address."]
    }


@override_settings(IS_PRODUCTION=True)
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_nobody_chooses_identifiers_in_production(name: str) -> None:
    for value in (IDENTIFIERS[name], None):
        assert refused(**{name: value}) == {name: UNKNOWN}
        products = [{"product_name": "GDM", name: value}]
        assert refused(products=products) == {f"products.0.{name}": UNKNOWN}


@override_settings(IS_PRODUCTION=True)
def test_production_creates_without_them() -> None:
    assert Api().post(PATH, clinician_body()).status_code == 200


def test_a_null_identifier_is_generated() -> None:
    product = {"product_name": "GDM", **dict.fromkeys(IDENTIFIERS)}
    body = json_of(
        Api(system_id="loader").post(
            PATH, clinician_body(products=[product], **dict.fromkeys(IDENTIFIERS))
        )
    )

    for block in (body, body["products"][0]):
        assert len(block["uuid"]) == 36
        assert block["created"] == block["modified"]
        assert (block["created_by"], block["modified_by"]) == ("loader", "loader")
