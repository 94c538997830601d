"""What the admin needs of a request is not made for the API."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from users_service import staff_middleware
from users_service.settings import MIDDLEWARE

OURS = [
    each.rpartition(".")[-1]
    for each in MIDDLEWARE
    if each.startswith("users_service.staff_middleware.")
]
OF_STAFF = {"session", "user", "_messages"}


def passed(path: str) -> HttpRequest:
    """Return the request as a view gets it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    chain: Any = view
    for name in reversed(OURS):
        chain = getattr(staff_middleware, name)(chain)
    assert chain(RequestFactory().get(path)).status_code == 200
    (request,) = seen
    return request


def test_every_one_of_them_is_in_use() -> None:
    classes = vars(staff_middleware).items()
    made_here = {
        n
        for n, each in classes
        if staff_middleware.__name__ == getattr(each, "__module__", "")
    }
    assert made_here - {"StaffPagesOnly"} == set(OURS)


@pytest.mark.parametrize("path", ["/dhos/v1/clinician", "/running", "/docs", "/adm"])
def test_the_api_gets_none_of_it(path: str) -> None:
    assert not OF_STAFF & vars(passed(path)).keys()


def test_the_admin_gets_all_of_it() -> None:
    assert vars(passed("/admin/login/")).keys() >= OF_STAFF
