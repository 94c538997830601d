"""The rules of creating, in the contract's order."""

import re
from typing import Any

import pytest
from django.db import IntegrityError

from clinicians.models import Clinician
from clinicians.services.conflicts import refusing_duplicates
from clinicians.testing import (
    Api,
    announced,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
    settled,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
GDM = "write:gdm_clinician_all"
SEND = "write:send_clinician_all"
SEND_PRODUCT = [{"product_name": "SEND", "opened_date": "2024-01-31"}]
NO_EWS_ROLE = {"can_edit_ews": ["Only for a SEND Clinician or SEND Superclinician."]}
NOT_TEMPORARY = {"can_edit_ews": ["Not for temporary clinicians."]}
NO_BADGE = {"send_entry_identifier": ["A permanent clinician needs one."]}
EWS = {"can_edit_ews": True, "groups": ["SEND Clinician"]}


def refused(api: Api, **changes: Any) -> Any:
    """Return status and errors of a creation by `api`, nothing being written."""
    with nothing_written():
        return problem_of(api.post(PATH, clinician_body(**changes)))


def allowed(api: Api, **changes: Any) -> Any:
    """Return the clinician that `api` creates."""
    answer = api.post(PATH, clinician_body(**changes))
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def administrator(scopes: str = GDM, *, group: str = "SEND Administrator") -> Api:
    """Return a caller who is stored, with a role."""
    return Api(scopes, clinician_id=settled(uuid="send-admin", groups=[group])["uuid"])


def test_an_unknown_role_is_refused_by_name() -> None:
    errors = {"groups": ["Unknown role 'send clinician'."]}

    groups = ["wizard", "SEND Clinician", "send clinician"]
    assert refused(Api(), groups=groups) == (400, errors)


def test_an_unrecognised_role_of_somebody_else_is_unknown() -> None:
    item = clinician_body(uuid="old", groups=["Midwife 2009"])
    assert Api().post(f"{PATH}/bulk", [item]).status_code == 200

    errors = {"groups": ["Unknown role 'Midwife 2009'."]}
    assert refused(Api(), groups=["Midwife 2009"]) == (400, errors)


def test_two_open_products_of_one_name_are_refused() -> None:
    products = [{"product_name": "GDM"}, {"product_name": "GDM", "closed_date": None}]
    with nothing_written():
        answer = Api().post(PATH, clinician_body(products=products))

    assert problem_of(answer)[0] == 400
    assert json_of(answer)["message"] == "Cannot add duplicate open product"
    assert json_of(answer)["errors"] == {
        "products": ["Cannot add duplicate open product"]
    }


def test_product_names_differ_by_letter_case() -> None:
    products = [{"product_name": "GDM"}, {"product_name": "gdm"}]

    assert len(allowed(Api(), products=products)["products"]) == 2


@pytest.mark.parametrize("group", ["SEND Clinician", "SEND Superclinician"])
def test_an_administrator_of_send_grants_can_edit_ews(group: str) -> None:
    body = allowed(administrator(), can_edit_ews=True, groups=[group])

    assert body["can_edit_ews"] is True


def test_can_edit_ews_needs_a_role_of_send() -> None:
    api = administrator()

    for groups in ([], ["GDM Clinician", "SEND Administrator"]):
        answer = refused(api, can_edit_ews=True, groups=groups)
        assert answer == (400, NO_EWS_ROLE)


def test_can_edit_ews_is_not_for_temporary_clinicians() -> None:
    answer = refused(administrator(), **EWS, contract_expiry_eod_date="2001-01-01")

    assert answer == (400, NOT_TEMPORARY)


def test_can_edit_ews_is_granted_by_a_stored_administrator_only() -> None:
    stranger = Api(GDM, clinician_id="nobody")
    superclinician = administrator(group="SEND Superclinician")

    assert refused(stranger, **EWS) == (403, "Forbidden")
    assert refused(superclinician, **EWS) == (403, "Forbidden")


def test_the_rules_of_can_edit_ews_come_in_this_order() -> None:
    stranger = Api(GDM, clinician_id="nobody")
    end = "2030-01-01"

    answer = refused(stranger, can_edit_ews=True, contract_expiry_eod_date=end)
    assert answer == (400, NO_EWS_ROLE)
    answer = refused(stranger, **EWS, contract_expiry_eod_date=end)
    assert answer == (400, NOT_TEMPORARY)
    assert refused(stranger, **EWS, products=SEND_PRODUCT) == (403, "Forbidden")


def test_a_system_grants_can_edit_ews_to_anybody() -> None:
    api = Api(GDM, system_id="dhos-robot")
    end = "2030-01-01"

    body = allowed(api, can_edit_ews=True, groups=[], contract_expiry_eod_date=end)
    assert body["can_edit_ews"] is True


def test_a_temporary_clinician_of_send_gets_a_badge_and_no_ews() -> None:
    api = Api(GDM, system_id="dhos-robot")
    for badge in (..., None, ""):
        body = allowed(
            api,
            can_edit_ews=True,
            products=SEND_PRODUCT,
            contract_expiry_eod_date="2030-01-01",
            send_entry_identifier=badge,
        )

        assert body["can_edit_ews"] is False
        assert re.fullmatch("@[0-9]{9}", body["send_entry_identifier"])


def test_a_temporary_clinician_keeps_a_given_badge() -> None:
    end = "2030-01-01"
    body = allowed(
        Api(GDM, clinician_id="A1"),
        products=SEND_PRODUCT,
        contract_expiry_eod_date=end,
        send_entry_identifier="7",
    )

    assert body["send_entry_identifier"] == "7"


def test_a_temporary_clinician_of_another_product_gets_no_badge() -> None:
    body = allowed(Api(), contract_expiry_eod_date="2030-01-01", can_edit_ews=True)

    assert body["send_entry_identifier"] is None
    assert body["can_edit_ews"] is True


def test_a_generated_badge_is_not_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    created(send_entry_identifier="@000000007")
    numbers = iter([7, 7, 42])
    monkeypatch.setattr("secrets.randbelow", lambda _limit: next(numbers))

    body = allowed(Api(), products=SEND_PRODUCT, contract_expiry_eod_date="2030-01-01")
    assert body["send_entry_identifier"] == "@000000042"


def test_a_permanent_clinician_of_send_needs_the_scope_of_send() -> None:
    for scopes in (GDM, "write:send_clinician_temp", f"{GDM} write:send_clinician"):
        api = Api(scopes, system_id="dhos-robot")
        answer = refused(api, products=SEND_PRODUCT, send_entry_identifier="7")
        assert answer == (403, "Forbidden")
    assert refused(Api(GDM), products=SEND_PRODUCT) == (403, "Forbidden")

    body = allowed(
        Api(SEND, clinician_id="A1"), products=SEND_PRODUCT, send_entry_identifier="7"
    )
    assert body["contract_expiry_eod_date"] is None


@pytest.mark.parametrize("badge", [..., None, ""])
def test_a_permanent_clinician_of_send_needs_a_badge(badge: Any) -> None:
    answer = refused(Api(), products=SEND_PRODUCT, send_entry_identifier=badge)

    assert answer == (400, NO_BADGE)


def test_an_address_in_use_is_a_conflict_however_it_is_written() -> None:
    created(email_address="ada@example.com")

    for address in ("ada@example.com", " ADA@Example.com "):
        assert refused(Api(), email_address=address) == (
            409,
            "Attempted to create user with existing email address 'ada@example.com'",
        )


def test_an_id_in_use_is_a_conflict() -> None:
    created(uuid="A1", products=[{"product_name": "GDM", "uuid": "P1"}])

    message = "Attempted to create user with existing uuid 'A1'"
    assert refused(Api(), uuid="A1") == (409, message)
    message = "Attempted to create user with existing product uuid 'P1'"
    products = [{"product_name": "DBM", "uuid": "P1"}]
    assert refused(Api(), products=products) == (409, message)


def test_a_product_id_given_twice_is_a_conflict() -> None:
    products = [{"product_name": name, "uuid": "P1"} for name in ("GDM", "DBM")]

    assert refused(Api(), products=products) == (
        409,
        "product uuid 'P1' is in the request twice",
    )


def test_the_conflict_comes_after_the_rules() -> None:
    created(email_address="ada@example.com")

    answer = refused(Api(), email_address="ada@example.com", products=SEND_PRODUCT)
    assert answer == (400, NO_BADGE)


def test_ids_that_differ_by_letter_case_are_two() -> None:
    for given in ("a1", "A1"):
        assert created(uuid=given)["uuid"] == given
    assert len(announced()) == 2


def test_a_violation_that_is_no_duplicate_is_not_called_one() -> None:
    with (
        pytest.raises(IntegrityError),
        refusing_duplicates([{"uuid": "A1", "email_address": ""}], "create user"),
    ):
        Clinician.objects.create(uuid="A1", email_address="")
