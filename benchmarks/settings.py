"""The service's settings, with the null route beside its own routes."""

from users_service.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
