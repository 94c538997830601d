import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import resolve

from clinicians.models import Clinician
from roles.models import Role
from roles.testing import bearer, token_for
from users_service.journal.models import AuditEntry
from users_service.tests.processes import as_in_tests

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


def drop(**token: Any) -> tuple[int, dict[str, object]]:
    response = Client(**bearer(token_for(**token))).post("/drop_data")
    return response.status_code, response.json()


@override_settings(ALLOW_DROP_DATA=True)
def test_a_sister_service_empties_the_store() -> None:
    Clinician.objects.create(
        first_name="Invented", last_name="Person", phone_number="", job_title=""
    )
    roles = Role.objects.count()
    status, body = drop(system_id="dhos-robot")
    assert status == 200
    assert set(body) == {"complete", "time_taken"}
    assert body["complete"] is True
    assert re.fullmatch(r"\d+\.\d\ds", str(body["time_taken"]))
    assert Clinician.objects.count() == 0
    assert Role.objects.count() == roles > 0
    assert AuditEntry.objects.get().actor == "dhos-robot"


@override_settings(ALLOW_DROP_DATA=True)
def test_without_a_token_it_is_401() -> None:
    assert Client().post("/drop_data").status_code == 401


@override_settings(ALLOW_DROP_DATA=True)
def test_a_clinician_may_not() -> None:
    status, body = drop(clinician_id="someone")
    assert (status, body["message"]) == (403, "Forbidden")


def test_without_the_setting_nobody_may() -> None:
    status, body = drop(system_id="dhos-robot")
    assert (status, body["message"]) == (403, "Forbidden")


@override_settings(ALLOW_DROP_DATA=True)
def test_a_get_is_405() -> None:
    assert Client().get("/drop_data").status_code == 405


ROUTES = """
import django
django.setup()
from django.urls import Resolver404, resolve
for path in ("/drop_data", "/admin/", "/running"):
    try:
        resolve(path)
        print(path)
    except Resolver404:
        pass
"""


def routed_in_production(**variables: str) -> list[str]:
    names = {"ENVIRONMENT": "PRODUCTION", "SECRET_KEY": "", **variables}
    done = subprocess.run(
        [sys.executable, "-c", ROUTES],
        env=as_in_tests(DJANGO_SETTINGS_MODULE="users_service.settings", **names),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def test_in_production_the_route_does_not_exist() -> None:
    assert resolve("/drop_data").route == "drop_data"
    assert routed_in_production(SECRET_KEY="s" * 50) == ["/admin/", "/running"]


def test_in_production_without_a_secret_key_there_is_no_admin() -> None:
    assert routed_in_production() == ["/running"]
