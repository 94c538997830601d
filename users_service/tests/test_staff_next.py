"""Where staff are led once they are logged in."""

import pytest
from django.test import Client

from users_service.staff_next import is_in_admin
from users_service.tests.second_factor import LOGIN, PASSWORD, account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/admin/",
    "/dhos/v1/roles",
    "/",
    "/admin/../dhos/v1/roles",
    "/administration",
    "javascript:alert(1)",
    "",
]
PAGES = ["/admin/", "/admin/clinicians/clinician/?q=a/../b", "/admin"]


def landing_of(address: str, *, username: str = "jane") -> str:
    data = {"username": username, "password": PASSWORD, "next": address}
    answer = Client().post(LOGIN, data)
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.parametrize("address", ELSEWHERE)
def test_login_with_a_refused_next_leads_to_the_overview(address: str) -> None:
    account("jane")
    assert landing_of(address) == "/admin/"


@pytest.mark.parametrize("address", PAGES)
def test_login_with_a_page_of_the_admin_leads_there(address: str) -> None:
    account("jane")
    assert landing_of(address) == address
    assert is_in_admin(address)
