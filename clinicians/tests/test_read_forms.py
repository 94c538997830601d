"""The exact bodies of every form."""

from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import Api, json_of, logged_in, set_password
from clinicians.tests.golden import (
    COMPACT,
    FULL,
    ID,
    LIST,
    LIST_COMPACT,
    OPEN,
    store_golden,
)
from roles.models import Role

pytestmark = pytest.mark.django_db


def test_creation_answers_with_the_full_form() -> None:
    assert store_golden() == FULL


@pytest.mark.parametrize(
    "path", [f"/dhos/v1/clinician/{ID}", "/dhos/v1/clinician?email=zoe@example.org"]
)
def test_one_clinician_is_shown_in_full(path: str) -> None:
    store_golden()

    response = Api().get(path)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert json_of(response) == FULL


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", LIST),
        ("compact=false", LIST),
        ("compact=true", LIST_COMPACT),
        ("expanded=true", FULL),
        ("expanded=true&compact=true", FULL),
        ("limit=1", LIST),
        ("limit=1&compact=TRUE", LIST_COMPACT),
        ("limit=1&expanded=True", FULL),
    ],
)
def test_list_items(query: str, expected: dict[str, Any]) -> None:
    store_golden()
    assert json_of(Api().get(f"/dhos/v1/clinicians?{query}")) == [expected]
    assert json_of(Api().get(f"/dhos/v2/clinicians?{query}")) == {
        "results": [expected],
        "total": 1,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", FULL), ("?compact=false", FULL), ("?compact=true", COMPACT)],
)
def test_forms_of_clinicians_by_id(query: str, expected: dict[str, Any]) -> None:
    store_golden()
    response = Api().post(f"/dhos/v1/clinician_list{query}", [ID])
    assert json_of(response) == {ID: expected}


def test_a_location_shows_its_clinicians_in_full() -> None:
    store_golden()
    assert json_of(Api().get("/dhos/v1/location/l2/clinician")) == [FULL]


def test_login_form_has_open_products_and_each_permission_once() -> None:
    groups = ["GDM Clinician", "GDM Superclinician", "SEND Clinician"]
    store_golden(groups=groups)
    set_password("zoe@example.org", "Pass@word1!")

    body = json_of(logged_in("321", "Pass@word1!"))

    granted = Role.objects.filter(name__in=groups).values_list(
        "permissions__name", flat=True
    )
    assert len(granted) > len(set(granted))
    assert body == {
        "user_id": ID,
        "email_address": "zoe@example.org",
        "job_title": COMPACT["job_title"],
        "groups": groups,
        "permissions": sorted(set(granted)),
        "products": [OPEN],
        "can_edit_ews": True,
        "can_edit_encounter": None,
    }


@pytest.mark.parametrize("consent", [True, False])
def test_analytics_consent_is_shown_when_given(consent: bool) -> None:
    assert store_golden(analytics_consent=consent) == {
        **FULL,
        "analytics_consent": consent,
    }
    assert json_of(Api().get("/dhos/v1/clinicians")) == [LIST]


@pytest.mark.parametrize("given", [True, False])
def test_booleans_are_booleans(given: bool) -> None:
    body = store_golden(
        login_active=given, can_edit_ews=given, can_edit_encounter=given
    )
    names = ("login_active", "can_edit_ews", "can_edit_encounter")
    assert [body[name] for name in names] == [given] * 3


def test_a_temporary_clinician_shows_the_date() -> None:
    body = store_golden(contract_expiry_eod_date="2001-2-3")
    assert body["contract_expiry_eod_date"] == "2001-02-03"
    [item] = json_of(Api().get("/dhos/v1/clinicians"))
    assert item["contract_expiry_eod_date"] == "2001-02-03"


def test_sets_are_sorted_by_code_point() -> None:
    names = ["Z", "a", "é", "\uf900", "😀"]
    body = store_golden(
        locations=names[::-1], bookmarks=names[::-1], bookmarked_patients=names[::-1]
    )
    for field in ("locations", "bookmarks", "bookmarked_patients"):
        assert body[field] == names, field


def test_roles_that_are_none_are_sorted_in_and_grant_nothing() -> None:
    store_golden()
    clinician = Clinician.objects.get()
    for name in ("a role of old", "\uf900", "😀"):
        role = Role.objects.create(name=name, recognised=False)
        role.permissions.create(name=f"write:{name}")
        clinician.roles.add(role)
    set_password("zoe@example.org", "Pass@word1!")

    body = json_of(logged_in("321", "Pass@word1!"))

    assert body["groups"] == [
        "GDM Clinician",
        "SEND Clinician",
        "a role of old",
        "\uf900",
        "😀",
    ]
    assert not [name for name in body["permissions"] if name.startswith("write:a")]
    assert "write:😀" not in body["permissions"]


def test_nulls_and_nothing_at_all() -> None:
    Clinician.objects.create(uuid="bare", created_by="c", modified_by="m")

    body = json_of(Api().get("/dhos/v1/clinician/bare"))

    assert body.keys() == FULL.keys()
    for field in ("locations", "groups", "bookmarks", "bookmarked_patients"):
        assert body[field] == []
    assert body["products"] == []
    assert body["terms_agreement"] == {}
    for field in ("first_name", "last_name", "email_address", "job_title"):
        assert body[field] is None


def test_products_keep_the_order_in_which_they_were_added() -> None:
    names = ["Z", "a", "M", "😀", "B"]
    store_golden(products=[{"product_name": name} for name in names])
    Api().patch(
        f"/dhos/v1/clinician/{ID}", {"products": [{"product_name": "A later one"}]}
    )

    body = json_of(Api().get(f"/dhos/v1/clinician/{ID}"))

    shown = [product["product_name"] for product in body["products"]]
    assert shown == [*names, "A later one"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
        ("2026-01-31T09:08:07.0004+00:00", "2026-01-31T09:08:07.000Z"),
        ("2026-01-31T09:08:07.1", "2026-01-31T09:08:07.100Z"),
        ("2026-01-31T09:08:07.000001-11:30", "2026-01-31T20:38:07.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
    ],
)
def test_times_are_cut_to_milliseconds(given: str, shown: str) -> None:
    body = store_golden(created=given, modified=given)
    assert (body["created"], body["modified"]) == (shown, shown)
