"""Starting a process under some environment, to see what its settings are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from users_service.tests.processes import environment

PROJECT = Path(__file__).resolve().parents[2]
PRINT = """
import json
from users_service import settings
names = [name for name in dir(settings) if name.isupper()]
values = {name: getattr(settings, name) for name in names}
print(json.dumps(values, default=lambda value: type(value).__name__))
"""
PRODUCTION = {"PROXY_URL": "https://dhos.example", "HS_KEY": "k" * 32}
POSTGRESQL = {"DATABASE_HOST": "db", "DATABASE_USER": "u", "DATABASE_NAME": "n"}


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment(**variables),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings(**variables: str) -> dict[str, Any]:
    done = run(PRINT, **variables)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def refusal(**variables: str) -> str:
    done = run(PRINT, **variables)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1].partition(": ")[2]
