import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from roles.models import Permission, Role
from roles.testing import bearer, token_for

pytestmark = [pytest.mark.django_db, pytest.mark.urls("roles.tests.sample_urls")]

URL = "/dhos/v1/roles"


def test_no_token_is_401(client: Client) -> None:
    assert client.get(URL).status_code == 401


def test_any_valid_token_may_read_the_roles(client: Client) -> None:
    answer = client.get(URL, **bearer(token_for()))

    assert answer.status_code == 200
    assert len(answer.json()) == 14
    assert answer.json()["EPR Service Adapter"] == [
        "read:hl7_message",
        "write:hl7_message",
    ]


def test_roles_and_permissions_are_sorted_by_code_point(client: Client) -> None:
    role = Role.objects.create(name="a role")
    for name in ("é", "b", "Z", "a", "\U0001f600", "\uffff"):
        role.permissions.add(Permission.objects.create(name=name))
    Role.objects.create(name="Ärzte")

    answer = client.get(URL, **bearer(token_for())).json()

    assert list(answer) == sorted(answer)
    assert answer["a role"] == ["Z", "a", "b", "é", "\uffff", "\U0001f600"]


def test_a_role_without_permissions_has_an_empty_list(client: Client) -> None:
    Role.objects.create(name="Idle")

    assert client.get(URL, **bearer(token_for())).json()["Idle"] == []


def test_an_unrecognised_role_is_not_listed(client: Client) -> None:
    Role.objects.create(name="Hearsay", recognised=False)

    assert "Hearsay" not in client.get(URL, **bearer(token_for())).json()


@pytest.mark.parametrize("further_roles", [0, 500])
def test_one_statement_reads_them_all(client: Client, further_roles: int) -> None:
    Role.objects.bulk_create(Role(name=f"role {n}") for n in range(further_roles))

    with CaptureQueriesContext(connection) as statements:
        answer = client.get(URL, **bearer(token_for()))

    assert len(answer.json()) == 14 + further_roles
    assert len(statements) == 1


def test_it_takes_no_parameter(client: Client) -> None:
    assert client.get(f"{URL}?x=1", **bearer(token_for())).status_code == 400


def test_names_are_how_roles_and_permissions_show() -> None:
    assert str(Role(name="System")) == "System"
    assert str(Permission(name="read:x")) == "read:x"
