"""The environment of processes that tests start."""

import os

from users_service.testing import TEST_ENVIRONMENT

# What a process needs to run and to be measured, and nothing of the service's.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")


def environment(**variables: str) -> dict[str, str]:
    """Return an environment with only these variables of the service."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith("COV")
    }
    return kept | variables


def as_in_tests(**variables: str) -> dict[str, str]:
    """Return the environment that tests run in, with these variables as well."""
    return environment(**TEST_ENVIRONMENT | variables)


def unmeasured(variables: dict[str, str]) -> dict[str, str]:
    """Return an environment in which a process does not measure its coverage.

    For those that are started for what they do to the database: measuring takes them
    half as long again, and tests without processes go the same ways.
    """
    return {name: each for name, each in variables.items() if name[:3] != "COV"}
