"""Every write route, sent every column that is none of its business.

The routes are read from the URLconf, the columns from the models: a new one of either
kind is tried here without being listed.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import override_settings

from clinicians.testing import Api, clinician_body, created, json_of
from roles.models import Role
from users_service.routes import routes
from users_service.tests.sizes import sized

pytestmark = pytest.mark.django_db

PLANTED = "planted"
PLANTED_TIME = "1999-09-09T09:09:09.999Z"
ADDRESS = "ada@mail.example"
# One name at a time is what no other name can hide.
ONE_BY_ONE = sized(quick=False, soak=True)

IDENTIFIERS = {"uuid", "created", "created_by", "modified", "modified_by"}
# What the HTTP contract lets a client set, in a clinician, a product, an agreement.
CLINICIAN = {
    *("first_name", "last_name", "phone_number", "job_title", "nhs_smartcard_number"),
    *("email_address", "send_entry_identifier", "professional_registration_number"),
    *("agency_name", "agency_staff_employee_number", "booking_reference"),
    *("login_active", "can_edit_ews", "can_edit_encounter", "analytics_consent"),
    *("contract_expiry_eod_date", "locations", "groups", "products"),
    *("bookmarks", "bookmarked_patients"),
}
PRODUCT = {"product_name", "opened_date", "closed_date", "closed_reason"} | {
    "closed_reason_other"
}
AGREEMENT = {"product_name"} | {
    f"{kind}{part}"
    for kind in ("", "tou_", "patient_notice_")
    for part in ("version", "accepted_timestamp")
}
HISTORY = {"password_hash", "password_salt", "terms_agreements"}
PASSWORD = {"password"}
# A change that the route is for.
TOUCHED = {"modified", "modified_by", "version"}


class Spot(NamedTuple):
    """An object in a route's body, what it may hold, and what that changes."""

    where: tuple[str | int, ...]
    may_hold: set[str]
    body: Any
    is_ignored: bool = True
    may_change: frozenset[str] = frozenset()


# Closed, so that there may be any number of it.
ENTRY = {"product_name": "NEW", "closed_date": "2024-02-01"}
AGREED = {"product_name": "GDM", "version": 1}
PAST = clinician_body(uuid="B2", terms_agreements=[AGREED])
CREATE, ONE = "/dhos/v1/clinician", "/dhos/v1/clinician/{clinician_id}"
LOCATION = f"{ONE}/location/{{location_id}}/bookmark"
PATIENT = f"{ONE}/patient/{{patient_id}}/bookmark"
NOTHING = Spot((), set(), {})
BOOKMARK = NOTHING._replace(may_change=frozenset(TOUCHED))


def refusing(
    where: tuple[str | int, ...], may_hold: set[str], body: Any = None
) -> Spot:
    return Spot(where, may_hold, body or clinician_body(), is_ignored=False)


SPOTS: dict[str, list[Spot]] = {
    f"POST {CREATE}": [refusing((), CLINICIAN), refusing(("products", 0), PRODUCT)],
    f"PATCH {CREATE}": [
        Spot((), PASSWORD, {"password": "a"}, may_change=frozenset(PASSWORD | TOUCHED))
    ],
    f"PATCH {ONE}": [
        Spot((), CLINICIAN, {}),
        refusing(
            ("products", 0), PRODUCT | IDENTIFIERS, {"products": [{"uuid": "P1"}]}
        ),
        refusing(("products", 0), PRODUCT | IDENTIFIERS, {"products": [ENTRY]}),
    ],
    f"PATCH {ONE}/delete": [
        Spot((), CLINICIAN, {}),
        Spot(("products", 0), {"uuid"}, {"products": [{"uuid": "unknown"}]}),
    ],
    f"POST {ONE}/terms_agreement": [refusing((), AGREEMENT, AGREED)],
    f"POST {CREATE}/bulk": [
        refusing((0,), CLINICIAN | IDENTIFIERS | HISTORY, [PAST]),
        refusing((0, "products", 0), PRODUCT | IDENTIFIERS, [PAST]),
        refusing((0, "terms_agreements", 0), AGREEMENT | IDENTIFIERS, [PAST]),
    ],
    **{f"POST {path}": [BOOKMARK] for path in (LOCATION, PATIENT)},
    **{f"DELETE {path}": [NOTHING] for path in (LOCATION, PATIENT)},
}
# Its body is a list of ids; and what empties the store writes nothing.
NO_WRITES = {"POST /dhos/v1/clinician_list", "POST /drop_data"}
IDS = {"clinician_id": "A1", "location_id": "L7", "patient_id": "P7"}
MODELS = [
    model
    for label in ("clinicians", "bookmarks", "journal")
    for model in apps.get_app_config(label).get_models()
]


def columns() -> set[str]:
    """Return every name that a column goes by, and what attackers try besides."""
    models: list[type[Model]] = [*MODELS, Role, User]
    fields = (field for model in models for field in model._meta.get_fields())
    names = {text for field in fields for text in (field.name, _column(field))}
    roots = {"hash", "salt", "scope", "scopes", "permissions", "is_admin", "admin"}
    tricks = {"_state", "__class__", "__proto__", "$set", "password ", "PASSWORD"}
    paths = {"clinician__password", "roles__name", "products.0.uuid", "id[]"}
    return names | HISTORY | roots | tricks | paths | {"terms_agreement"}


def _column(field: Any) -> str:
    return str(getattr(field, "attname", field.name))


@pytest.fixture(autouse=True)
def _a_clinician_in_the_store() -> Iterator[None]:
    product = {"uuid": "P1", "product_name": "GDM", "opened_date": "2024-01-31"}
    created(uuid="A1", email_address=ADDRESS, products=[product])
    with override_settings(IS_PRODUCTION=True):
        yield


def rows() -> dict[tuple[str, Any], dict[str, Any]]:
    return {
        (model._meta.label, row[model._meta.pk.attname]): row
        for model in MODELS
        for row in model._default_manager.values()
    }


def planted_in(spot: Spot, names: set[str]) -> Any:
    """Return the body with these names in its object."""
    body = copy.deepcopy(spot.body)
    target = body
    for step in spot.where:
        target = target[step]
    times = {"created", "modified"}
    target |= {name: PLANTED_TIME if name in times else PLANTED for name in names}
    return body


def send(route: str, body: Any) -> Any:
    method, path = route.split()
    query = f"?email={ADDRESS}" if route == f"PATCH {CREATE}" else ""
    api = Api(clinician_id="A1", system_id="dhos-robot")
    return api._send(method, path.format(**IDS) + query, body, {})


def test_every_write_route_is_tried() -> None:
    writes = {str(route) for route in routes() if route.method != "GET" and route.rule}

    assert writes == SPOTS.keys() | NO_WRITES


@pytest.mark.parametrize(
    ("route", "spot"),
    [
        pytest.param(route, spot, id=f"{route} {number}")
        for route, spots in SPOTS.items()
        for number, spot in enumerate(spots)
    ],
)
def test_no_route_takes_a_column_that_it_is_not_for(
    route: str, spot: Spot, record_property: Callable[[str, object], None]
) -> None:
    names = columns() - spot.may_hold
    many = sorted(names)
    # As many at a time as an error answer names.
    tries = [
        *(set(many[start : start + 100]) for start in range(0, len(many), 100)),
        *({name} for name in names if ONE_BY_ONE),
    ]
    before = rows()
    for tried in tries:
        answer = send(route, planted_in(spot, tried))
        if spot.is_ignored:
            assert answer.status_code in {200, 201, 204}, answer.getvalue()
            assert_nothing_planted(spot, before)
        else:
            assert answer.status_code == 400
            assert_all_refused(json_of(answer)["errors"], spot, tried)
            assert rows() == before
    objects = sum(len(spots) for spots in SPOTS.values())
    kinds = f"{len(SPOTS)} routes, {objects} objects in their bodies"
    record_property("figure", f"{kinds}, {len(columns())} names")


def assert_all_refused(errors: Any, spot: Spot, tried: set[str]) -> None:
    prefix = "".join(f"{step}." for step in spot.where)
    assert errors == {f"{prefix}{name}": ["Unknown field."] for name in tried}


def assert_nothing_planted(
    spot: Spot, before: dict[tuple[str, Any], dict[str, Any]]
) -> None:
    after = rows()
    assert PLANTED not in repr(after)
    assert "datetime(1999, " not in repr(after)
    for key, row in before.items():
        moved = {name for name in row if row[name] != after[key][name]}
        assert moved <= spot.may_change, key
