"""A Django project of one view and no middleware: what the framework itself costs."""

from users_service.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "benchmarks.urls"
