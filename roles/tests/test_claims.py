from typing import Any

import pytest

from roles.callers import Caller, staff_caller
from roles.claims import caller_from_claims
from users_service.exceptions import AccessDenied


def read(details: Any = ..., scope: Any = ...) -> Caller:
    claims = {"d": details, "s": scope}
    given = {name: value for name, value in claims.items() if value is not ...}
    return caller_from_claims(given, details_claim="d", scopes_claim="s")


@pytest.mark.parametrize(
    ("details", "caller_id", "kind"),
    [
        ({"patient_id": "P"}, "P", "patient"),
        ({"device_id": "D"}, "D", "device"),
        ({"clinician_id": "C"}, "C", "clinician"),
        ({"system_id": "S"}, "S", "system"),
        ({"system_id": "S", "clinician_id": "C"}, "C", "clinician"),
        ({"clinician_id": "C", "device_id": "D"}, "D", "device"),
        ({"device_id": "D", "patient_id": "P"}, "P", "patient"),
        ({"patient_id": "", "clinician_id": "C"}, "C", "clinician"),
        ({"patient_id": ""}, "unknown", "unknown"),
        ({}, "unknown", "unknown"),
        (..., "unknown", "unknown"),
    ],
)
def test_the_first_id_is_the_callers(details: Any, caller_id: str, kind: str) -> None:
    caller = read(details)

    assert (caller.id, caller.kind) == (caller_id, kind)


def test_clinician_and_system_are_kept_whichever_id_is_the_callers() -> None:
    caller = read({"patient_id": "P", "clinician_id": "C", "system_id": "S"})

    assert (caller.clinician_id, caller.system_id) == ("C", "S")
    assert caller.is_system


def test_an_empty_id_counts_as_absent() -> None:
    caller = read({"clinician_id": "", "system_id": ""})

    assert (caller.clinician_id, caller.system_id) == (None, None)
    assert not caller.is_system


def test_what_else_the_details_hold_is_ignored() -> None:
    details = {
        "clinician_id": "C",
        "can_edit_ews": True,
        "job_title": 5,
        "products": None,
        "referring_device_id": 7,
        "locations": [{"id": "L1"}],
    }

    assert read(details) == Caller(id="C", kind="clinician", clinician_id="C")


@pytest.mark.parametrize("details", [None, "C", 1, True, [], ["clinician_id"]])
def test_details_that_are_no_object_are_refused(details: Any) -> None:
    with pytest.raises(AccessDenied) as refusal:
        read(details)

    assert refusal.value.cause == "token: caller's details are no object"


@pytest.mark.parametrize(
    "name", ["patient_id", "device_id", "clinician_id", "system_id"]
)
@pytest.mark.parametrize("value", [None, 7, True, 1.5, [], {}])
def test_an_id_that_is_no_string_is_refused(name: str, value: Any) -> None:
    with pytest.raises(AccessDenied) as refusal:
        read({"patient_id": "P", name: value})

    assert refusal.value.cause == "token: caller's id is no string"


@pytest.mark.parametrize("value", ["a\0", "\ud800", "x\udfff"])
def test_an_id_that_cannot_be_stored_is_refused(value: str) -> None:
    with pytest.raises(AccessDenied) as refusal:
        read({"clinician_id": value})

    assert refusal.value.cause == ("token: caller's id holds a NUL or a lone surrogate")


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("a", {"a"}),
        ("a b", {"a", "b"}),
        ("a  b a ", {"a", "b"}),
        ("a\tb", {"a\tb"}),
        ("", set()),
        (..., set()),
    ],
)
def test_scopes_are_separated_by_spaces(scope: Any, scopes: set[str]) -> None:
    assert read({}, scope).scopes == scopes


@pytest.mark.parametrize("scope", [None, 1, True, ["a"], {"a": 1}])
def test_scopes_that_are_no_string_are_refused(scope: Any) -> None:
    with pytest.raises(AccessDenied) as refusal:
        read({}, scope)

    assert refusal.value.cause == "token: scopes are no string"


def test_the_recorded_id_is_cut_to_36_characters() -> None:
    assert Caller(id="x" * 40).recorded_id == "x" * 36
    assert Caller(id="A1").recorded_id == "A1"
    assert Caller().recorded_id == "unknown"


def test_staff_are_callers_of_their_own_kind() -> None:
    caller = staff_caller(7)

    assert (caller.id, caller.kind) == ("staff:7", "staff")
    assert caller.clinician_id is None
    assert not caller.is_system
