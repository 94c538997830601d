"""The steps of the README's "Try it", with invented people, against a real server."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_django
import requests

from clinicians.testing import clinician_body
from roles.seeds import ROLES
from users_service.local_date import today
from users_service.tests.live import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Correct horse: 馬!"
TODAY = today()
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
# Tomorrow: the day may change while the test runs.
TOMORROW = (TODAY + timedelta(days=1)).isoformat()


def person(name: str, *products: str, **more: Any) -> dict[str, Any]:
    opened = [{"product_name": each, "opened_date": "2024-9-1"} for each in products]
    address = f"{name.lower()}@clinic.example"
    return clinician_body(
        first_name=name, email_address=address, products=opened, **more
    )


def badge(number: str, *, until: str | None = None) -> dict[str, Any]:
    expiry = {"contract_expiry_eod_date": until} if until else {}
    groups = ["SEND Clinician"]
    return {"send_entry_identifier": number, "groups": groups, **expiry}


ALL_ROUND = ["GDM Superclinician", "SEND Superclinician", "DBM Superclinician"]
PEOPLE = (
    person(
        "Abril",
        *("GDM", "SEND", "DBM"),
        groups=ALL_ROUND,
        send_entry_identifier="111111",
        locations=["ward-1", "ward-2"],
    ),
    person("Benno", "GDM", groups=["GDM Clinician"], locations=["ward-1"]),
    person("Cosima", "GDM", groups=["GDM Administrator"], locations=["ward-2"]),
    person("Dario", "DBM", groups=["DBM Clinician"], locations=["ward-1"]),
    person("Elowen", "SEND", **badge("222222"), locations=["ward-2"]),
    person("Fenn", "SEND", **badge("333333"), locations=[]),
    person("Greta", "SEND", **badge("444444", until=TOMORROW), locations=["ward-1"]),
    person("Hal", "SEND", **badge("555555", until=YESTERDAY), locations=["ward-2"]),
    person("Ines", "SEND", **badge("666666", until="2021-7-9"), locations=["ward-3"]),
    person("Joris", "GDM", "SEND", **badge("777777"), locations=["ward-3"]),
)
EXPIRED = ("Hal", "Ines")


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        running = LiveServer(tmp_path_factory.mktemp("walkthrough"))
    yield running
    running.stop()


def post(server: LiveServer, body: dict[str, Any]) -> requests.Response:
    return server.ask("POST", "/dhos/v1/clinician?send_welcome_email=false", body)


def set_password(server: LiveServer, address: str) -> requests.Response:
    path = f"/dhos/v1/clinician?email={address}"
    return server.ask("PATCH", path, {"password": PASSWORD})


def names(clinicians: list[dict[str, Any]]) -> list[str]:
    return [each["first_name"] for each in clinicians]


def test_the_walk(server: LiveServer) -> None:
    """One story on purpose: each step stands on those before."""
    ids = {}
    for body in PEOPLE:
        answer = post(server, body)
        assert answer.status_code == 200, answer.text
        ids[body["first_name"]] = answer.json()["uuid"]
        assert set_password(server, body["email_address"]).status_code == 200
    logs_in_and_may_what_all_roles_may(server, ids["Abril"])
    everybody_logs_in_but_those_whose_contract_ended(server, ids)
    the_lists_show_who_belongs_in_them(server)


def logs_in_and_may_what_all_roles_may(server: LiveServer, clinician_id: str) -> None:
    union = set().union(*(ROLES[role] for role in ALL_ROUND))
    for username in ("abril@clinic.example", " Abril@Clinic.Example ", "111111"):
        answer = server.log_in(username, PASSWORD)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["user_id"] == clinician_id
        assert body["groups"] == sorted(ALL_ROUND)
        assert body["permissions"] == sorted(union)
        opened = [each["product_name"] for each in body["products"]]
        assert opened == ["GDM", "SEND", "DBM"]
    assert server.log_in("abril@clinic.example", "wrong").status_code == 403


def everybody_logs_in_but_those_whose_contract_ended(
    server: LiveServer, ids: dict[str, str]
) -> None:
    for name, clinician_id in ids.items():
        answer = server.log_in(f"{name.lower()}@clinic.example", PASSWORD)
        over = name in EXPIRED
        assert answer.status_code == (403 if over else 200), name
        assert server.read(clinician_id)["login_active"] is not over


def the_lists_show_who_belongs_in_them(server: LiveServer) -> None:
    found = server.ask("GET", "/dhos/v2/clinicians?product_name=GDM&sort=first_name")
    assert names(found.json()["results"]) == ["Abril", "Benno", "Cosima", "Joris"]
    assert found.json()["total"] == 4
    inactive = server.ask("GET", "/dhos/v1/clinicians?login_active=false")
    assert sorted(names(inactive.json())) == sorted(EXPIRED)
    here = server.ask("GET", "/dhos/v1/location/ward-1/clinician")
    assert sorted(names(here.json())) == ["Abril", "Benno", "Dario", "Greta"]
    assert server.ask("GET", "/dhos/v1/location/nowhere/clinician").json() == []
