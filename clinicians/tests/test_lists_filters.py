"""What narrows a list down, apart from q."""

import pytest

from clinicians.testing import Api, created, json_of, listed, stored

pytestmark = pytest.mark.django_db


def test_product_name_finds_open_and_closed_products() -> None:
    closed = {"product_name": "SEND", "closed_date": "2020-01-01"}
    reopened = {"product_name": "SEND"}
    created(
        uuid="1", products=[closed, {"product_name": "GDM"}], send_entry_identifier="1"
    )
    created(uuid="2", products=[closed, reopened], send_entry_identifier="1")
    created(uuid="3", products=[{"product_name": "GDM"}])
    stored("4")
    assert listed(product_name="SEND") == ["1", "2"]
    assert listed(product_name="GDM") == ["1", "3"]
    body = json_of(Api().get("/dhos/v2/clinicians?product_name=SEND"))
    assert body["total"] == 2


@pytest.mark.parametrize("name", ["", "send", "SEN", "SEND ", "%", "_END", "SEND,GDM"])
def test_product_name_is_exact(name: str) -> None:
    created(products=[{"product_name": "SEND"}], send_entry_identifier="1")
    assert listed(product_name=name) == []


@pytest.mark.parametrize("word", ["true", "TRUE", "True", "tRuE"])
def test_booleans_in_any_case(word: str) -> None:
    created(uuid="1")
    created(uuid="2", login_active=False)
    assert listed(login_active=word) == ["1"]


def test_login_active() -> None:
    created(uuid="1")
    created(uuid="2", login_active=False)
    assert listed(login_active="false") == ["2"]
    assert listed() == ["1", "2"]


def test_temp_only() -> None:
    created(uuid="1")
    created(uuid="2", contract_expiry_eod_date="2001-01-01")
    created(uuid="3", contract_expiry_eod_date="2999-01-01")
    assert listed(temp_only="true") == ["2", "3"]
    assert listed(temp_only="false") == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("", True),
        ("2024-06-30T12:00:00.499Z", True),
        ("2024-06-30T12:00:00.499999Z", True),
        ("2024-06-30T12:00:00.5Z", False),
        ("2024-06-30T12:00:00.500", False),
        ("2024-06-30T12:00:00,5Z", False),
        ("2024-06-30T12:00:00.500001Z", False),
        ("2024-06-30T12:00:00.499", True),
        ("2024-06-30 12:00:00.499", True),
        ("2024-06-30T12:00:00", True),
        ("2024-06-30T12:00Z", True),
        ("2024-06-30T12:01Z", False),
        ("2024-06-30", True),
        ("2024-6-30", True),
        ("2024-07-01", False),
        ("2024-06-30T14:00:00+02:00", True),
        ("2024-06-30T14:00:00.5+02:00", False),
        ("2024-06-30T14:00:01+0200", False),
        ("2024-06-30T14:00:00+02", True),
        ("2024-06-30T06:30:00-05:30", True),
        ("2024-06-30T06:30:01-05:30", False),
        ("2024-06-30T10:00:00-02:00", True),
        ("2024-06-30T13:00:00+00:00", False),
        ("0001-01-01T00:00:00Z", True),
        ("9999-12-31T23:59:59Z", False),
    ],
)
def test_modified_since_is_strictly_later(since: str, found: bool) -> None:
    created(uuid="1", modified="2024-06-30T12:00:00.500Z")
    assert listed(modified_since=since) == (["1"] if found else [])


def test_the_plus_of_an_offset_may_have_become_a_blank() -> None:
    created(uuid="1", modified="2024-06-30T12:00:00.500Z")
    for since, found in [("14:00:00", ["1"]), ("14:00:01", [])]:
        query = f"modified_since=2024-06-30T{since}+02:00"
        items = json_of(Api().get(f"/dhos/v1/clinicians?{query}"))
        assert [item["uuid"] for item in items] == found


def test_whole_seconds_and_fractions_are_compared_as_times() -> None:
    created(uuid="1", modified="2024-06-30T12:00:00Z")
    created(uuid="2", modified="2024-06-30T12:00:00.000001Z")
    assert listed(modified_since="2024-06-30T12:00:00Z") == ["2"]
    assert listed(modified_since="2024-06-30T11:59:59.999999Z") == ["1", "2"]


def test_filters_narrow_each_other_down() -> None:
    for number, (active, expiry, product) in enumerate(
        [
            (True, None, "GDM"),
            (True, "2001-01-01", "GDM"),
            (False, "2001-01-01", "GDM"),
            (True, "2001-01-01", "DBM"),
        ]
    ):
        created(
            uuid=str(number),
            login_active=active,
            contract_expiry_eod_date=expiry,
            products=[{"product_name": product}],
        )
    found = listed(
        product_name="GDM", login_active="true", temp_only="true", q="ada", sort="uuid"
    )
    assert found == ["1"]
