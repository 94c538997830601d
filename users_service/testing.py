"""The environment that tests run in; a pytest plugin, loaded before Django is.

pytest.ini names this module with `-p`, so that the variables stand before
pytest-django imports the settings. Nothing in production imports it.
"""

import os

TEST_HS_KEY = "users-service-tests-only-0123456789abcdefghijklmnopqrstuvwxyz-64"
TEST_PROXY_URL = "http://localhost"
TEST_SECRET_KEY = "users-service-tests-only-a-django-secret-key-0123456789-abcdefghij"

TEST_ENVIRONMENT = {
    "ENVIRONMENT": "TEST",
    "HS_KEY": TEST_HS_KEY,
    "LOG_LEVEL": "INFO",
    "PROXY_URL": TEST_PROXY_URL,
    "SECRET_KEY": TEST_SECRET_KEY,
}
# What a developer's shell may hold, and a test must not see. DATABASE_* stays:
# it chooses the database.
UNSET_IN_TESTS = (
    "ALLOWED_HOSTS",
    "ALLOW_DROP_DATA",
    "AUTH0_AUDIENCE",
    "AUTH0_CUSTOM_DOMAIN",
    "AUTH0_DOMAIN",
    "AUTH0_HS_KEY",
    "AUTH0_JWKS_URL",
    "AUTH0_METADATA",
    "AUTH0_SCOPE_KEY",
    "BIND_HOST",
    "BUILD_CIRCLE",
    "BUILD_HASH",
    "BUILD_VERSION",
    "CLIENT_IDLE_SECONDS",
    "CLIENT_MIN_BYTES_PER_SECOND",
    "CSRF_TRUSTED_ORIGINS",
    "EVENTS_ALARM_SECONDS",
    "EVENTS_BATCH_BYTES",
    "EVENTS_KEEP_DAYS",
    "HASHES_AT_ONCE",
    "HS_KEY_PREVIOUS",
    "IGNORE_JWT_VALIDATION",
    "JWT_LEEWAY",
    "LOGIN_FAILURES_PER_LOCK",
    "LOCAL_TIME_ZONE",
    "LOCK_WAIT_SECONDS",
    "LOG_FORMAT",
    "MAX_BODY_BYTES",
    "MAX_BULK_BODY_BYTES",
    "MAX_LIST_MEMBERS",
    "MAX_SPOOLED_BYTES",
    "PGBOUNCER_HOST",
    "PGBOUNCER_PORT",
    "PROMETHEUS_MULTIPROC_DIR",
    "RABBITMQ_COMPRESSION",
    "RABBITMQ_DISABLED",
    "RABBITMQ_TLS",
    "RABBITMQ_TLS_CA",
    "RABBITMQ_VHOST",
    "SERVER_PORT",
    "SPOOL_FOLDER",
    "SQLITE_PATH",
    "STAFF_SECOND_FACTOR",
    "THREADS",
    "WEB_CONCURRENCY",
)
# Where the tests' broker is. Kept by another name, since the service under test has
# none unless a test says so.
BROKER = ("RABBITMQ_HOST", "RABBITMQ_PORT", "RABBITMQ_USERNAME", "RABBITMQ_PASSWORD")


def set_test_environment() -> None:
    """Make `os.environ` what the tests expect, whatever the shell holds."""
    for name in BROKER:
        if value := os.environ.pop(name, ""):
            os.environ[f"TEST_{name}"] = value
    for name in UNSET_IN_TESTS:
        os.environ.pop(name, None)
    os.environ.update(TEST_ENVIRONMENT)


set_test_environment()
