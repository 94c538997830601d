from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from rest_framework.permissions import IsAuthenticated
from rest_framework.test import APIRequestFactory

from roles.access import scope
from roles.callers import Caller, staff_caller
from roles.issuers import Issuer
from roles.scopes import Scope


@pytest.mark.parametrize(
    ("shared", "field"),
    [
        (Caller(), "scopes"),
        (scope("read:gdm_clinician_all"), "alternatives"),
        (Issuer("https://platform.example/", {}), "name"),
    ],
)
def test_what_requests_share_is_changed_by_none(shared: Any, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(shared, field, frozenset())


def test_staff_may_not_grant_can_edit_ews_unless_it_is_said() -> None:
    staff = staff_caller(7)

    assert staff == Caller(
        id="staff:7",
        kind="staff",
        scopes=frozenset({Scope.WRITE_SEND_CLINICIAN_ALL}),
        may_grant_ews=False,
    )
    assert staff_caller(7, may_grant_ews=True) != staff


def test_the_framework_takes_a_caller_for_somebody() -> None:
    request: Any = APIRequestFactory().get("/")
    request.user = Caller()

    assert IsAuthenticated().has_permission(request, None) is True  # type: ignore[arg-type]
