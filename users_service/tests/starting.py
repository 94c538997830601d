"""What the settings are in some environment, asked without starting a process."""

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured

from users_service.tests.processes import environment

PROJECT = Path(__file__).resolve().parents[2]
PRODUCTION = {"PROXY_URL": "https://dhos.example", "HS_KEY": "k" * 32}
POSTGRESQL = {"DATABASE_HOST": "db", "DATABASE_USER": "u", "DATABASE_NAME": "n"}


def executed(**variables: str) -> ModuleType:
    """Run the module of settings anew, beside the one that Django has read."""
    spec = importlib.util.find_spec("users_service.settings")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch.dict(os.environ, environment(**variables), clear=True):
        spec.loader.exec_module(module)
    return module


def settings(**variables: str) -> dict[str, Any]:
    """Return the settings by name, with the types that JSON has."""
    module = executed(**variables)
    given = {name: getattr(module, name) for name in dir(module) if name.isupper()}
    text = json.dumps(given, default=lambda value: type(value).__name__)
    values: dict[str, Any] = json.loads(text)
    return values


def refusal(**variables: str) -> str:
    """Return what is said when the settings cannot be read."""
    with pytest.raises(ImproperlyConfigured) as refused:
        executed(**variables)
    return str(refused.value)
