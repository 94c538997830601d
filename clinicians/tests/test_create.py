import uuid
from urllib.parse import quote

import pytest

from clinicians.models import Clinician, Product
from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
EVERYTHING = {
    "uuid": "static_clinician_uuid_A",
    "created": "2020-01-02T03:04:05.678Z",
    "created_by": "loader",
    "modified": "2020-02-03T05:05:06+01:00",
    "modified_by": "A1",
    "first_name": " Ada ",
    "last_name": " Invented ",
    "phone_number": "0700 000000",
    "job_title": "nurse",
    "nhs_smartcard_number": "123",
    "email_address": " Ada@Example.COM ",
    "send_entry_identifier": "666666",
    "professional_registration_number": "p1",
    "agency_name": "An agency",
    "agency_staff_employee_number": "e1",
    "booking_reference": "b1",
    "login_active": False,
    "can_edit_ews": False,
    "can_edit_encounter": True,
    "analytics_consent": False,
    "contract_expiry_eod_date": "2026-3-1",
    "locations": ["L2", "L1", "L2"],
    "groups": ["SEND Clinician", "GDM Clinician"],
    "bookmarks": ["b", "B"],
    "bookmarked_patients": ["P1"],
    "products": [
        {
            "product_name": "SEND",
            "opened_date": "2024-1-2",
            "uuid": "product-1",
            "created": "2020-01-02T03:04:05.678Z",
            "created_by": "loader",
            "modified": "2020-01-02T03:04:05.678Z",
            "modified_by": "loader",
        },
    ],
}
EVERYTHING_SHOWN = {
    **EVERYTHING,
    "modified": "2020-02-03T04:05:06.000Z",
    "first_name": "Ada",
    "last_name": "Invented",
    "email_address": "ada@example.com",
    "contract_expiry_eod_date": "2026-03-01",
    "locations": ["L1", "L2"],
    "groups": ["GDM Clinician", "SEND Clinician"],
    "bookmarks": ["B", "b"],
    "products": [
        {
            "product_name": "SEND",
            "opened_date": "2024-01-02",
            "closed_date": None,
            "uuid": "product-1",
            "created": "2020-01-02T03:04:05.678Z",
            "created_by": "loader",
            "modified": "2020-01-02T03:04:05.678Z",
            "modified_by": "loader",
        },
    ],
    "terms_agreement": {},
}
del EVERYTHING_SHOWN["booking_reference"]


def test_every_field_comes_back_in_the_full_form() -> None:
    answer = Api().post(PATH, EVERYTHING)

    assert answer.status_code == 200
    assert json_of(answer) == EVERYTHING_SHOWN


def test_the_answer_is_what_a_read_gives_with_the_same_entity_tag() -> None:
    answer = Api().post(PATH, EVERYTHING)
    read = Api().get(f"{PATH}/static_clinician_uuid_A")

    assert json_of(read) == EVERYTHING_SHOWN
    assert read["ETag"] == answer["ETag"]


@pytest.mark.time_machine("2026-01-31T09:08:07.123456Z", tick=False)
def test_what_is_left_out_gets_its_default() -> None:
    body = json_of(
        Api(system_id="dhos-robot").post(
            PATH, clinician_body(products=[{"product_name": "GDM"}])
        )
    )
    made = {
        "created": "2026-01-31T09:08:07.123Z",
        "created_by": "dhos-robot",
        "modified": "2026-01-31T09:08:07.123Z",
        "modified_by": "dhos-robot",
    }
    product_id = body["products"][0]["uuid"]

    assert body == {
        **clinician_body(),
        **made,
        **dict.fromkeys(
            [
                "email_address",
                "send_entry_identifier",
                "professional_registration_number",
                "agency_name",
                "agency_staff_employee_number",
                "can_edit_encounter",
                "contract_expiry_eod_date",
            ]
        ),
        "uuid": body["uuid"],
        "login_active": True,
        "can_edit_ews": False,
        "bookmarks": [],
        "bookmarked_patients": [],
        "terms_agreement": {},
        "products": [
            {
                "product_name": "GDM",
                "opened_date": "2026-01-31",
                "closed_date": None,
                "uuid": product_id,
                **made,
            }
        ],
    }
    for new_id in (body["uuid"], product_id):
        assert str(uuid.UUID(new_id, version=4)) == new_id


def test_null_means_the_default_of_a_flag() -> None:
    body = created(login_active=None, can_edit_ews=None)

    assert body["login_active"] is True
    assert body["can_edit_ews"] is False


def test_null_is_kept_where_it_is_a_value() -> None:
    body = created(
        email_address=None,
        send_entry_identifier=None,
        professional_registration_number=None,
        agency_name=None,
        agency_staff_employee_number=None,
        booking_reference=None,
        can_edit_encounter=None,
        analytics_consent=None,
        contract_expiry_eod_date=None,
    )

    assert body["email_address"] is None
    assert body["can_edit_encounter"] is None
    assert "analytics_consent" not in body


def test_lists_may_be_empty_and_strings_blank() -> None:
    body = created(
        locations=[],
        groups=[],
        first_name="",
        last_name=" ",
        phone_number="",
        job_title="",
        nhs_smartcard_number="",
    )

    assert body["locations"] == body["groups"] == []
    for name in ("first_name", "last_name", "phone_number", "nhs_smartcard_number"):
        assert body[name] == ""


def test_sets_are_sorted_by_code_point() -> None:
    ids = ["é", "b", "\U0001f600", "B", "\uffee", "_", "b"]

    assert created(locations=ids)["locations"] == [
        "B",
        "_",
        "b",
        "é",
        "\uffee",
        "\U0001f600",
    ]


def test_products_stay_in_the_order_they_were_added() -> None:
    products = [{"product_name": name} for name in ("SEND", "DBM", "GDM")]
    body = created(products=products, send_entry_identifier="1")

    assert [each["product_name"] for each in body["products"]] == ["SEND", "DBM", "GDM"]


def test_what_a_response_never_shows_is_stored_all_the_same() -> None:
    product = {
        "product_name": "GDM",
        "closed_date": "2023-01-31",
        "opened_date": "2024-01-31",
        "closed_reason": "left",
        "closed_reason_other": "for good",
    }
    body = created(booking_reference="b1", products=[product])

    assert Clinician.objects.get().booking_reference == "b1"
    row = Product.objects.get()
    assert (row.closed_reason, row.closed_reason_other) == ("left", "for good")
    assert body["products"][0]["closed_date"] == "2023-01-31"


def test_keys_of_the_past_are_dropped_from_a_product() -> None:
    product = {
        "product_name": "GDM",
        "accessibility_discussed": True,
        "accessibility_discussed_date": "nonsense",
        "accessibility_discussed_with": 7,
    }

    assert "accessibility_discussed" not in created(products=[product])["products"][0]


def test_a_past_contract_end_and_a_badge_in_use_are_accepted() -> None:
    for _ in range(2):
        body = created(
            contract_expiry_eod_date="2001-01-01", send_entry_identifier="666666"
        )
        assert body["contract_expiry_eod_date"] == "2001-01-01"
        assert body["send_entry_identifier"] == "666666"


def test_one_name_may_be_open_once_and_closed_often() -> None:
    closed = {"product_name": "GDM", "closed_date": "2024-02-01"}

    body = created(products=[closed, {"product_name": "GDM"}, closed])

    assert [each["closed_date"] for each in body["products"]] == [
        "2024-02-01",
        None,
        "2024-02-01",
    ]


@pytest.mark.parametrize("blank", ["", "  ", "\t\n"])
def test_a_blank_address_is_none(blank: str) -> None:
    for _ in range(2):
        assert created(email_address=blank)["email_address"] is None


@pytest.mark.parametrize("scope", ["gdm_clinician_all", "send_clinician_all"])
def test_either_scope_may_create_permanent_clinicians_of_gdm(scope: str) -> None:
    api = Api(f"write:{scope}", clinician_id="A1")
    body = json_of(api.post(PATH, clinician_body()))

    assert (body["created_by"], body["modified_by"]) == ("A1", "A1")


@pytest.mark.parametrize(
    "given", ["A1", "dhos-robot", " a  b ", "é%", "\U0001f600" * 36]
)
def test_an_id_is_kept_verbatim(given: str) -> None:
    assert created(uuid=given)["uuid"] == given
    assert json_of(Api().get(f"{PATH}/{quote(given)}"))["uuid"] == given


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("0001-1-1", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
        ("2024-02-29 12:00", "2024-02-29T12:00:00.000Z"),
    ],
)
def test_any_time_there_is_can_be_kept(given: str, shown: str) -> None:
    body = created(created=given, modified=given)

    assert (body["created"], body["modified"]) == (shown, shown)
