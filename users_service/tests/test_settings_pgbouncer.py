"""How the variables of PgBouncer become settings."""

import pytest

from users_service.tests.starting import POSTGRESQL, refusal, settings


def test_without_it_requests_use_what_commands_do() -> None:
    values = settings(ENVIRONMENT="TEST")
    assert values["DATABASE_OF_REQUESTS"] == values["DATABASES"]["default"]
    values = settings(ENVIRONMENT="TEST", **POSTGRESQL)
    found, direct = values["DATABASE_OF_REQUESTS"], values["DATABASES"]["default"]
    assert "-c lock_timeout=2000" in found["OPTIONS"].pop("options")
    assert "-c lock_timeout=0" in direct["OPTIONS"].pop("options")
    assert found == direct


def test_requests_go_through_it_and_leave_nothing_behind() -> None:
    direct = settings(ENVIRONMENT="TEST", **POSTGRESQL)["DATABASES"]["default"]
    given = {"PGBOUNCER_HOST": "bouncer", **POSTGRESQL}
    found = settings(ENVIRONMENT="TEST", **given)["DATABASE_OF_REQUESTS"]
    assert found == direct | {
        "HOST": "bouncer",
        "PORT": 6432,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            **{k: v for k, v in direct["OPTIONS"].items() if k != "options"},
            "prepare_threshold": None,
        },
        "LOCK_TIMEOUT_OF_TRANSACTIONS": "2000",
    }


def test_commands_go_to_postgresql_itself() -> None:
    given = {"PGBOUNCER_HOST": "bouncer", "PGBOUNCER_PORT": "7000", **POSTGRESQL}
    values = settings(ENVIRONMENT="TEST", **given)
    assert values["DATABASE_OF_REQUESTS"]["PORT"] == 7000
    direct = values["DATABASES"]["default"]
    assert (direct["HOST"], direct["PORT"]) == ("db", 5432)
    assert direct["OPTIONS"]["prepare_threshold"] == 5
    assert not direct.get("DISABLE_SERVER_SIDE_CURSORS")


def test_which_of_several_servers_it_leads_to_is_its_own_to_know() -> None:
    several = POSTGRESQL | {"DATABASE_HOST": "db1,db2", "PGBOUNCER_HOST": "bouncer"}
    values = settings(ENVIRONMENT="TEST", **several)
    assert "target_session_attrs" in values["DATABASES"]["default"]["OPTIONS"]
    assert "target_session_attrs" not in values["DATABASE_OF_REQUESTS"]["OPTIONS"]


def test_postgresql_itself_is_not_guessed_at() -> None:
    message = refusal(ENVIRONMENT="TEST", PGBOUNCER_HOST="bouncer")
    assert message.startswith("DATABASE_HOST is not set, but PGBOUNCER_HOST is")
    assert "Write for example: DATABASE_HOST=" in message


@pytest.mark.parametrize("port", ["0", "65536", "many"])
def test_a_port_that_is_none_stops_the_start(port: str) -> None:
    given = {"PGBOUNCER_HOST": "bouncer", "PGBOUNCER_PORT": port, **POSTGRESQL}
    message = refusal(ENVIRONMENT="TEST", **given)
    assert message.startswith("PGBOUNCER_PORT is not")
    assert message.endswith("Write for example: PGBOUNCER_PORT=6432")
