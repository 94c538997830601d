"""The keys that a checkout makes for itself, and the first staff login."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from users_service.development import (
    PROJECT,
    load_development_environment,
    prepare_database,
    write_development_keys,
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / ".env.development"


@pytest.fixture
def unset_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "HS_KEY", "PROXY_URL", "SECRET_KEY", "SERVER_PORT"):
        # Set first, so that what the code writes is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("unset_environment")
def test_keys_are_written_for_their_owner_only(key_file: Path) -> None:
    write_development_keys(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("unset_environment")
def test_written_keys_are_loaded(key_file: Path) -> None:
    write_development_keys(key_file)
    load_development_environment(key_file)
    assert os.environ["ENVIRONMENT"] == "DEVELOPMENT"
    assert os.environ["PROXY_URL"] == "http://127.0.0.1:5000"
    assert len(os.environ["HS_KEY"]) >= 64
    assert os.environ["SECRET_KEY"] != os.environ["HS_KEY"]


@pytest.mark.usefixtures("unset_environment")
def test_keys_that_exist_stay(key_file: Path) -> None:
    write_development_keys(key_file)
    before = key_file.read_text()
    write_development_keys(key_file)
    assert key_file.read_text() == before


@pytest.mark.usefixtures("unset_environment")
def test_the_address_has_the_chosen_port(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_PORT", "5001")
    write_development_keys(key_file)
    assert "PROXY_URL=http://127.0.0.1:5001\n" in key_file.read_text()


@pytest.mark.usefixtures("unset_environment")
def test_a_variable_of_the_shell_wins_over_the_file(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HS_KEY", "of the shell")
    write_development_keys(key_file)
    load_development_environment(key_file)
    assert os.environ["HS_KEY"] == "of the shell"


@pytest.mark.usefixtures("unset_environment")
@pytest.mark.parametrize("environment", ["PRODUCTION", "TEST"])
def test_the_file_is_left_alone_where_environment_is_set(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    write_development_keys(key_file)
    monkeypatch.setenv("ENVIRONMENT", environment)
    load_development_environment(key_file)
    assert os.environ["ENVIRONMENT"] == environment
    assert "HS_KEY" not in os.environ


@pytest.mark.usefixtures("unset_environment")
def test_without_the_file_nothing_is_set(key_file: Path) -> None:
    load_development_environment(key_file)
    assert "ENVIRONMENT" not in os.environ


@pytest.mark.django_db
def test_a_staff_login_is_made_once_in_development(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "DEVELOPMENT")
    prepare_database()
    prepare_database()
    logins = get_user_model()._default_manager.filter(is_superuser=True)
    assert [login.get_username() for login in logins] == ["admin"]


@pytest.mark.django_db
def test_no_staff_login_is_made_elsewhere() -> None:
    prepare_database()
    assert not get_user_model()._default_manager.exists()


def test_make_run_ends_with_what_to_write_when_a_variable_is_missing() -> None:
    variables = {**os.environ, "ENVIRONMENT": "PRODUCTION", "PROXY_URL": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "users_service.development"],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("PROXY_URL is not set")
    assert "Traceback" not in ended.stderr


def test_only_the_keys_are_made_for_the_commands_that_need_no_server() -> None:
    variables = {**os.environ, "ENVIRONMENT": "TEST"}
    ended = subprocess.run(
        [sys.executable, "-m", "users_service.development", "--keys-only"],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
