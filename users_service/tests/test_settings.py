"""The settings are read once, when a process begins: each test has them read anew."""

import subprocess
import sys
from unittest.mock import ANY

import pytest

from users_service.tests.processes import environment
from users_service.tests.starting import (
    POSTGRESQL,
    PRODUCTION,
    PROJECT,
    refusal,
    settings,
)


def test_without_environment_it_is_production() -> None:
    values = settings(**PRODUCTION)
    assert values["IS_PRODUCTION"] is True
    assert values["DEBUG"] is False
    assert values["SESSION_COOKIE_SECURE"] is True
    assert values["CSRF_COOKIE_SECURE"] is True


@pytest.mark.parametrize("name", ["PRODUCTION", "PROD", "test", "DEV"])
def test_an_environment_of_another_name_is_production(name: str) -> None:
    assert settings(ENVIRONMENT=name, **PRODUCTION)["IS_PRODUCTION"] is True


@pytest.mark.parametrize("name", ["DEMO", "DEVELOPMENT", "STAGING", "TRAINING", "TEST"])
def test_five_environments_are_not_production(name: str) -> None:
    values = settings(ENVIRONMENT=name)
    assert values["IS_PRODUCTION"] is False
    assert values["SESSION_COOKIE_SECURE"] is False
    assert (values["PROXY_URL"], values["HS_KEY"]) == ("", "")


@pytest.mark.parametrize("name", ["PROXY_URL", "HS_KEY"])
@pytest.mark.parametrize("empty", [True, False])
def test_production_does_not_start_without(name: str, *, empty: bool) -> None:
    given = PRODUCTION | {name: ""}
    if not empty:
        del given[name]
    message = refusal(**given)
    assert message.startswith(f"{name} is not set, but tokens are checked")
    assert f"Write for example: {name}=" in message


def test_production_does_not_start_where_data_may_be_dropped() -> None:
    message = refusal(ALLOW_DROP_DATA="true", **PRODUCTION)
    assert message.startswith("ALLOW_DROP_DATA is true, but ENVIRONMENT is PRODUCTION")
    assert message.endswith("Write for example: ALLOW_DROP_DATA=false")


def test_elsewhere_data_may_be_dropped_when_asked_for() -> None:
    assert settings(ENVIRONMENT="TEST")["ALLOW_DROP_DATA"] is False
    values = settings(ENVIRONMENT="TEST", ALLOW_DROP_DATA="1")
    assert values["ALLOW_DROP_DATA"] is True


def test_auth0_has_the_defaults_of_tokens() -> None:
    values = settings(ENVIRONMENT="TEST", AUTH0_DOMAIN="https://a.example/")
    assert values["AUTH0_METADATA"] == "https://gdm.sensynehealth.com/metadata"
    assert values["AUTH0_SCOPE_KEY"] == "https://gdm.sensynehealth.com/scope"
    assert values["AUTH0_JWKS_URL"] == "https://a.example/.well-known/jwks.json"
    assert values["AUTH0_AUDIENCE"] == ""


def test_without_a_domain_there_is_nothing_to_fetch_keys_from() -> None:
    assert settings(ENVIRONMENT="TEST")["AUTH0_JWKS_URL"] == ""


def test_auth0_is_set_by_its_variables() -> None:
    given = {
        "AUTH0_DOMAIN": "https://a.example/",
        "AUTH0_AUDIENCE": "b",
        "AUTH0_METADATA": "https://c.example/deep/metadata",
        "AUTH0_JWKS_URL": "https://d.example/keys",
        "AUTH0_CUSTOM_DOMAIN": "e",
        "AUTH0_HS_KEY": "f",
        "HS_KEY_PREVIOUS": "g",
    }
    values = settings(ENVIRONMENT="TEST", **given)
    assert {name: values[name] for name in given} == given
    assert values["AUTH0_SCOPE_KEY"] == "https://c.example/deep/scope"
    values = settings(ENVIRONMENT="TEST", AUTH0_SCOPE_KEY="s", **given)
    assert values["AUTH0_SCOPE_KEY"] == "s"


def test_without_a_host_the_database_is_a_file() -> None:
    database = settings(ENVIRONMENT="TEST")["DATABASES"]["default"]
    assert database["ENGINE"] == "users_service.database.sqlite"
    assert database["NAME"] == str(PROJECT / "db.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 5
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        assert pragma in database["OPTIONS"]["init_command"]
    assert not database.get("ATOMIC_REQUESTS")
    assert database["CONN_MAX_AGE"] is None


def test_the_file_may_lie_elsewhere() -> None:
    database = settings(ENVIRONMENT="TEST", SQLITE_PATH="/data/x")["DATABASES"]
    assert database["default"]["NAME"] == "/data/x"


def test_with_a_host_the_database_is_postgresql_with_a_pool() -> None:
    database = settings(ENVIRONMENT="TEST", THREADS="6", **POSTGRESQL)["DATABASES"]
    assert database["default"] == {
        "ENGINE": "users_service.database.postgresql",
        "HOST": "db",
        "PORT": 5432,
        "USER": "u",
        "PASSWORD": "",
        "NAME": "n",
        "OPTIONS": {
            "connect_timeout": 5,
            "options": ANY,
            "prepare_threshold": 5,
            "pool": {
                "min_size": 1,
                "max_size": 7,
                "timeout": 5,
                "reconnect_timeout": 1,
                "reconnect_failed": "function",
            },
        },
    }


def test_the_database_is_set_by_its_variables() -> None:
    more = {
        "DATABASE_PORT": "6000",
        "DATABASE_PASSWORD": "p#?",
        "DATABASE_POOL_SIZE": "9",
    }
    database = settings(ENVIRONMENT="TEST", **POSTGRESQL, **more)["DATABASES"]
    assert database["default"]["PORT"] == 6000
    assert database["default"]["PASSWORD"] == "p#?"
    assert database["default"]["OPTIONS"]["pool"]["max_size"] == 9


def test_a_pool_is_smaller_than_the_threads_that_wait_without_a_connection() -> None:
    database = settings(ENVIRONMENT="TEST", **POSTGRESQL)["DATABASES"]["default"]
    assert database["OPTIONS"]["pool"]["max_size"] == 10


def test_pool_too_small_for_reads_beside_held_rows_stops_the_start() -> None:
    message = refusal(ENVIRONMENT="TEST", DATABASE_POOL_SIZE="2", **POSTGRESQL)
    assert message.startswith("DATABASE_POOL_SIZE is not between 3 and 1000.")


def test_one_thread_has_a_pool_of_three() -> None:
    given = {"THREADS": "1", **POSTGRESQL}
    database = settings(ENVIRONMENT="TEST", **given)["DATABASES"]["default"]
    assert database["OPTIONS"]["pool"]["max_size"] == 3


@pytest.mark.parametrize(
    ("threads", "logins"), [("", 48), ("64", 48), ("4", 3), ("2", 1), ("1", 1)]
)
def test_logins_leave_threads_to_other_routes(threads: str, logins: int) -> None:
    found = settings(ENVIRONMENT="TEST", THREADS=threads)
    assert found["LOGINS_IN_LINE"] == logins


@pytest.mark.parametrize("name", ["DATABASE_USER", "DATABASE_NAME"])
def test_postgresql_is_not_guessed_at(name: str) -> None:
    message = refusal(ENVIRONMENT="TEST", **POSTGRESQL | {name: ""})
    assert message.startswith(f"{name} is not set, but DATABASE_HOST is set")


def test_without_a_secret_key_production_has_no_admin() -> None:
    first, second = settings(**PRODUCTION), settings(**PRODUCTION)
    assert first["ADMIN_ENABLED"] is False
    assert len(first["SECRET_KEY"]) >= 50
    assert first["SECRET_KEY"] != second["SECRET_KEY"]


def test_with_a_secret_key_production_has_the_admin() -> None:
    values = settings(SECRET_KEY="s", **PRODUCTION)
    assert values["ADMIN_ENABLED"] is True
    assert values["SECRET_KEY"] == "s"


def test_outside_production_the_admin_is_on() -> None:
    assert settings(ENVIRONMENT="TEST")["ADMIN_ENABLED"] is True


def test_the_defaults_of_http_are_the_contracts() -> None:
    values = settings(**PRODUCTION)
    assert values["ALLOWED_HOSTS"] == ["*"]
    assert values["CSRF_TRUSTED_ORIGINS"] == []
    assert values["MAX_BODY_BYTES"] == 1024 * 1024
    assert values["MAX_BULK_BODY_BYTES"] == 64 * 1024 * 1024
    assert values["APPEND_SLASH"] is False
    assert values["JWT_LEEWAY"] == 10
    assert values["JWKS_COOLDOWN_SECONDS"] == 30


def test_http_is_set_by_its_variables() -> None:
    values = settings(
        ENVIRONMENT="TEST",
        ALLOWED_HOSTS="a.example, b.example",
        CSRF_TRUSTED_ORIGINS="https://a.example",
        MAX_BODY_BYTES="10",
        MAX_BULK_BODY_BYTES="20",
    )
    assert values["ALLOWED_HOSTS"] == ["a.example", "b.example"]
    assert values["CSRF_TRUSTED_ORIGINS"] == ["https://a.example"]
    assert (values["MAX_BODY_BYTES"], values["MAX_BULK_BODY_BYTES"]) == (10, 20)


@pytest.mark.parametrize("level", ["error", "WARN", "warning", "Critical", "debug"])
def test_levels_of_the_log_are_given_in_any_letter_case(level: str) -> None:
    values = settings(ENVIRONMENT="TEST", LOG_LEVEL=level)
    assert values["LOGGING"]["root"]["level"] == level.upper()


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("LOG_LEVEL", "CRITICAL, ERROR, WARNING, WARN, INFO, DEBUG"),
        ("LOG_FORMAT", "JSON, PLAIN, COLOUR"),
    ],
)
def test_an_unknown_word_stops_the_start(name: str, choices: str) -> None:
    message = refusal(ENVIRONMENT="TEST", **{name: "loud"})
    assert message.startswith(f"{name} is none of {choices}. Write for example: {name}")


def test_what_polaris_deployments_set_besides_is_ignored() -> None:
    ignored = {
        "REDIS_HOST": "r",
        "AUTH0_MGMT_CLIENT_ID": "x",
        "AUTH0_AUTHZ_CLIENT_ID": "x",
        "SQLALCHEMY_ECHO": "maybe",
        "HS_ISSUER": "x",
        "CUSTOMER_CODE": "x",
        "TOKEN_URL": "x",
        "DISABLE_CREATE_USER_IN_AUTH0": "maybe",
        "IGNORE_JWT_VALIDATION": "maybe",
    }
    plain, with_them = settings(**PRODUCTION), settings(**PRODUCTION, **ignored)
    changed = {name for name in plain if plain[name] != with_them[name]}
    assert changed == {"SECRET_KEY", "JWT_VALIDATION_UNWANTED"}


def test_the_command_line_ends_with_what_to_write_and_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment(ENVIRONMENT="PRODUCTION"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("PROXY_URL is not set")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("zone", ["Europe/Londn", "../etc", "Europe", "+01:00"])
def test_unknown_time_zone_stops_the_start(zone: str) -> None:
    message = refusal(ENVIRONMENT="TEST", LOCAL_TIME_ZONE=zone)
    assert message.startswith("LOCAL_TIME_ZONE is no time zone of the IANA database.")
    assert message.endswith("Write for example: LOCAL_TIME_ZONE=UTC")
