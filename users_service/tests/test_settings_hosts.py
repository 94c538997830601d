"""How DATABASE_HOST and DATABASE_PORT name several PostgreSQL servers."""

from typing import Any

import pytest

from users_service.tests.starting import POSTGRESQL, refusal, settings


def database(**variables: str) -> dict[str, Any]:
    """Return what Django is told of the database."""
    given = settings(ENVIRONMENT="TEST", **POSTGRESQL | variables)["DATABASES"]
    default: dict[str, Any] = given["default"]
    return default


def test_one_host_is_asked_whether_it_takes_writes_or_not() -> None:
    only = database()
    assert (only["HOST"], only["PORT"]) == ("db", 5432)
    assert "target_session_attrs" not in only["OPTIONS"]
    assert only["OPTIONS"]["connect_timeout"] == 5


def test_of_several_hosts_the_one_that_takes_writes_is_used() -> None:
    options = database(DATABASE_HOST="db1,db2")["OPTIONS"]
    assert options["target_session_attrs"] == "read-write"
    assert options["pool"]["timeout"] == 5


def test_one_host_that_is_away_is_looked_for_like_several() -> None:
    several = database(DATABASE_HOST="db1,db2")["OPTIONS"]["pool"]
    assert database()["OPTIONS"]["pool"] == several
    assert several["reconnect_failed"]


def test_a_host_that_is_away_leaves_time_to_try_the_others() -> None:
    options = database(DATABASE_HOST="db1,db2,db3")["OPTIONS"]
    assert 2 * options["connect_timeout"] < options["pool"]["timeout"]


@pytest.mark.parametrize(
    ("ports", "read"),
    [("", "5432"), ("6000", "6000"), ("6000,6001", "6000,6001"), ("1 , 2", "1,2")],
)
def test_several_hosts_have_one_port_or_one_each(ports: str, read: str) -> None:
    several = database(DATABASE_HOST=" db1 , db2", DATABASE_PORT=ports)
    assert (several["HOST"], several["PORT"]) == ("db1,db2", read)


@pytest.mark.parametrize("hosts", [",", "db1,", ",db2", "db1, ,db2"])
def test_a_comma_with_no_host_beside_it_stops_the_start(hosts: str) -> None:
    message = refusal(ENVIRONMENT="TEST", **POSTGRESQL | {"DATABASE_HOST": hosts})
    assert message == (
        "DATABASE_HOST has a comma without a host beside it. "
        "Write for example: DATABASE_HOST=db1,db2"
    )


@pytest.mark.parametrize(
    ("hosts", "ports", "wrong"),
    [
        ("db1,db2", "1,2,3", "names 3 ports for the 2 hosts of DATABASE_HOST"),
        ("db1,db2,db3", "1,2", "names 2 ports for the 3 hosts of DATABASE_HOST"),
        ("db1,db2", "1,", "is not a number up to 65535"),
        ("db1,db2", "1,0", "is not between 1 and 65535"),
        ("db1", "1,2", "is not a number up to 65535"),
    ],
)
def test_ports_that_fit_no_host_stop_the_start(
    hosts: str, ports: str, wrong: str
) -> None:
    given = POSTGRESQL | {"DATABASE_HOST": hosts, "DATABASE_PORT": ports}
    message = refusal(ENVIRONMENT="TEST", **given)
    assert message == f"DATABASE_PORT {wrong}. Write for example: DATABASE_PORT=5432"
