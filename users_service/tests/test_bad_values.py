"""Values of a wrong type, form or length: refused by name, nothing is written."""

from typing import Any

import pytest

from clinicians.testing import Api, clinician_body
from users_service.tests.writes import WRITES, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_is_written")]

TEXTS = [7, 1.5, True, [], {}, ["x"], "x" * 1001]
IDS = ["", "x" * 37, "x" * 40, 7, None, [], {}]
FLAGS = ["true", "", 1, 0, [], {}]
DATES = [20210719, 1.5, True, "", "x", "2021-02-30", "19-07-2021", "2021-7-19 ", [], {}]
TIMES = [1, True, "x", "2021-01-01T25:00:00Z", "2021-01-01T10", "9999-99-99", [], {}]
NUMBERS = ["1", 1.0, 1.5, True, 2**31, -(2**31) - 1, 10**30, [], {}]
LISTS: list[Any] = [None, "x", 1, {}, True]


def wrong(*names: str, values: list[Any]) -> list[tuple[str, list[Any]]]:
    return [(name, values) for name in names]


SCALARS = [
    *wrong("first_name", "job_title", "nhs_smartcard_number", values=TEXTS),
    *wrong("phone_number", "send_entry_identifier", "agency_name", values=TEXTS),
    *wrong("email_address", "booking_reference", values=TEXTS),
    *wrong("login_active", "can_edit_ews", "analytics_consent", values=FLAGS),
    *wrong("contract_expiry_eod_date", values=DATES),
    *wrong("locations", "groups", "bookmarks", "bookmarked_patients", values=LISTS),
]
REQUIRED = wrong(
    "first_name",
    "phone_number",
    "job_title",
    "locations",
    "groups",
    "products",
    values=[None, ...],
)
PRODUCTS = [
    *wrong("product_name", values=[*TEXTS, None, ""]),
    *wrong("opened_date", values=[*DATES, None]),
    *wrong("closed_date", values=DATES),
    *wrong("closed_reason", values=TEXTS),
]
IDENTIFIERS = [
    *wrong("uuid", "created_by", values=[each for each in IDS if each is not None]),
    *wrong("created", "modified", values=TIMES),
]


@pytest.mark.parametrize(
    ("name", "values"),
    [*SCALARS, *REQUIRED, *IDENTIFIERS, ("uuid", ["bulk"]), ("unknown", [1])],
)
@pytest.mark.parametrize("bulk", [False, True])
def test_a_wrong_value_of_a_new_clinician_is_named(
    name: str, values: list[Any], bulk: bool
) -> None:
    write = WRITES["bulk"] if bulk else WRITES["create"]
    path = f"0.{name}" if bulk else name
    may_be_null = name in ("bookmarks", "bookmarked_patients")
    for value in values:
        if value is None and may_be_null:
            continue
        body = clinician_body(**{"uuid": "B1", name: value})
        errors = refused(write.send([body] if bulk else body))["errors"]
        assert list(errors) == [path], value


@pytest.mark.parametrize(("name", "values"), SCALARS)
def test_a_wrong_value_of_an_update_is_named(name: str, values: list[Any]) -> None:
    for value in values:
        body = {"job_title": "nurse", name: value}
        assert list(refused(WRITES["update"].send(body))["errors"]) == [name], value


@pytest.mark.parametrize(("name", "values"), [*PRODUCTS, *IDENTIFIERS])
def test_a_wrong_value_of_a_new_product_is_named(name: str, values: list[Any]) -> None:
    good = {"product_name": "GDM"}
    for value in values:
        products = [good, {**good, "product_name": "SEND", name: value}]
        body = clinician_body(products=products)
        errors = refused(WRITES["create"].send(body))["errors"]
        assert list(errors) == [f"products.1.{name}"], value


@pytest.mark.parametrize(("name", "values"), [*PRODUCTS, ("uuid", [7, "x"])])
def test_a_wrong_value_of_a_changed_product_is_named(
    name: str, values: list[Any]
) -> None:
    for value in values:
        products = [{"product_name": "SEND", name: value}]
        errors = refused(WRITES["update"].send({"products": products}))["errors"]
        assert list(errors) == [f"products.0.{name}"], value


@pytest.mark.parametrize("name", ["create", "update"])
def test_products_of_another_shape_are_refused(name: str) -> None:
    shapes: list[Any] = ["x", 1, {}, [1], [None], [[]], ["x"]]
    for products in shapes:
        body = {**WRITES[name].body, "products": products}
        errors = refused(WRITES[name].send(body))["errors"]
        assert [path.partition(".")[0] for path in errors] == ["products"], products


@pytest.mark.parametrize("name", ["create", "update", "remove"])
@pytest.mark.parametrize("field", ["locations", "bookmarks", "bookmarked_patients"])
def test_a_wrong_id_in_a_list_is_named(name: str, field: str) -> None:
    for value in IDS:
        body = {**WRITES[name].body, field: ["good", value]}
        errors = refused(WRITES[name].send(body))["errors"]
        assert list(errors) == [f"{field}.1"], value


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *wrong("version", values=[*NUMBERS, None]),
        *wrong("tou_version", "patient_notice_version", values=NUMBERS),
        *wrong("accepted_timestamp", "tou_accepted_timestamp", values=TIMES),
        *wrong("product_name", values=[*TEXTS, None, ""]),
        ("unknown", [1]),
        ("uuid", ["x"]),
    ],
)
def test_a_wrong_value_of_an_agreement_is_named(name: str, values: list[Any]) -> None:
    write = WRITES["agreement"]
    for value in values:
        errors = refused(write.send({**write.body, name: value}))["errors"]
        assert list(errors) == [name], value


@pytest.mark.parametrize("value", [7, None, True, [], {}, "", "x" * 1025, "x" * 10_000])
def test_a_wrong_password_is_refused(value: Any) -> None:
    body = refused(WRITES["password"].send({"password": value}))

    assert list(body["errors"]) == ["password"]
    assert "xxxx" not in str(body)


@pytest.mark.parametrize("products", [[{}], [{"uuid": 7}], [{"uuid": "x" * 37}], [1]])
def test_a_wrong_product_to_remove_is_refused(products: Any) -> None:
    errors = refused(WRITES["remove"].send({"products": products}))["errors"]

    assert [path.partition(".")[0] for path in errors] == ["products"]


@pytest.mark.parametrize("body", ["{}", "null", "[1]", "[null]", '["x", []]', "7"])
def test_a_list_of_ids_that_is_none_is_refused(body: str) -> None:
    assert refused(Api().post("/dhos/v1/clinician_list", body))["errors"]
