import re
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from users_service import health

ROUTES = ["/running", "/version", "/healthcheck", "/metrics"]
pytestmark = pytest.mark.django_db


def test_running_touches_no_database(
    client: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/running")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.content == b'{"running":true}'


def test_the_version_is_unknown_where_the_build_did_not_say(client: Client) -> None:
    assert client.get("/version").json() == {
        "circle": "unknown",
        "hash": "unknown",
        "version": "unknown",
    }


@override_settings(BUILD_CIRCLE="7", BUILD_HASH="abc", BUILD_VERSION="1.2")
def test_the_version_is_the_builds(client: Client) -> None:
    answer = client.get("/version").json()
    assert answer == {"circle": "7", "hash": "abc", "version": "1.2"}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_other_methods_are_405(route: str, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(route)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 405


@pytest.mark.parametrize("route", ROUTES)
def test_options_is_200_and_empty(client: Client, route: str) -> None:
    response = client.options(route)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("route", ROUTES)
def test_head_and_unknown_parameters_work(client: Client, route: str) -> None:
    assert client.head(route).status_code == 200
    assert client.get(f"{route}?anything=1&anything=2").status_code == 200


def test_a_healthy_service_is_200(client: Client) -> None:
    before = time.time()
    response = client.get("/healthcheck")
    body = response.json()
    assert response.status_code == 200
    assert list(body) == ["hostname", "status", "timestamp", "results"]
    assert body["hostname"] == socket.gethostname()
    assert body["status"] == "success"
    assert before <= body["timestamp"] <= time.time()
    assert [result["checker"] for result in body["results"]] == [
        "database",
        "migrations",
    ]
    for result in body["results"]:
        assert result["passed"] is True
        assert result["output"]
        assert before <= result["timestamp"] <= time.time()
        assert 0 <= result["response_time"] < 60


def test_the_check_asks_little_of_the_database(
    client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(3):
        client.get("/healthcheck")


def test_a_missing_migration_is_503(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("roles", "0001_initial")
    response = client.get("/healthcheck")
    assert response.status_code == 503
    assert response.json()["status"] == "failure"
    assert response.json()["results"][1]["passed"] is False
    assert response.json()["results"][1]["output"] == "1 migrations are not applied"


def test_a_schema_that_is_newer_than_the_code_is_well(client: Client) -> None:
    MigrationRecorder(connection).record_applied("roles", "9999_of_a_later_release")
    response = client.get("/healthcheck")
    assert response.status_code == 200
    assert response.json()["results"][1]["output"] == "All migrations are applied"


def test_a_lost_database_is_503_and_its_message_stays_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> tuple[bool, str]:
        raise OperationalError("password of jane")

    monkeypatch.setattr(health, "CHECKERS", (lost, health.migrations))
    response = client.get("/healthcheck")
    assert response.status_code == 503
    results = response.json()["results"]
    assert [result["passed"] for result in results] == [False, True]
    assert results[0]["output"] == "The database failed: OperationalError"


def samples(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    found = re.findall(r"^([^#\s]\S*) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_metrics_tell_of_process_and_python(client: Client) -> None:
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain; version=")
    assert samples(client)["process_resident_memory_bytes"] > 0
    assert b"python_info{" in response.content


def test_a_request_is_counted_by_pattern(client: Client) -> None:
    counter = 'users_http_requests_total{method="GET",route="none",status="404"}'
    seconds = 'users_http_request_duration_seconds_count{method="GET",route="none"}'
    before = samples(client)
    client.get("/jane.doe")
    after = samples(client)
    assert after[counter] == before.get(counter, 0) + 1
    assert after[seconds] == before.get(seconds, 0) + 1
    assert not [name for name in after if "jane" in name]


def test_invented_methods_share_a_series(client: Client) -> None:
    client.generic("INVENTED", "/running")
    counter = 'users_http_requests_total{method="other",route="/running",status="405"}'
    assert samples(client)[counter] >= 1
