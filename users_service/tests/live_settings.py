"""The service's settings with the routes of the wiring's tests, for a real server."""

from users_service.settings import *  # noqa: F403

if DATABASE_HOST:  # noqa: F405
    # A test that takes the database away need not wait for it as long.
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.5  # noqa: F405

ROOT_URLCONF = "users_service.tests.urls"
