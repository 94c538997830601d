"""What is installed is pinned; what is built has few rights and keeps no secret."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("api", "publisher")
SECRET = re.compile(r"KEY|PASS|SECRET|TOKEN")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_is_pinned_exactly_and_by_its_hashes(name: str) -> None:
    text = (PROJECT / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(" ")]
    pins = [line for line in lines if not line.startswith("#")]

    assert len(pins) > 30
    for pin in pins:
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+ ", pin), pin[:80]
        assert "--hash=sha256:" in pin, pin[:80]


def test_the_image_installs_nothing_but_the_pins() -> None:
    installs = re.findall(r"pip install .*", DOCKERFILE)

    assert installs
    for each in installs:
        assert "--require-hashes" in each
        assert "--no-deps" in each


def test_the_image_runs_as_nobody_in_particular() -> None:
    stages = DOCKERFILE.split("\nFROM ")

    assert re.findall(r"^USER (\S+)$", stages[-1], re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK " in stages[-1]


def test_no_base_image_is_whatever_is_the_latest() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    bases += [each["image"] for each in SERVICES.values() if "image" in each]

    assert len(bases) == 4
    for base in bases:
        assert re.search(r":\d+(\.\d+)?", base), base


def test_no_secret_is_written_into_the_image() -> None:
    given = re.findall(r"^\s*(?:ARG|ENV)?\s*([A-Z_]+)=", DOCKERFILE, re.MULTILINE)

    assert "BUILD_HASH" in given
    assert [name for name in given if SECRET.search(name)] == []


def test_the_image_takes_in_only_what_is_named() -> None:
    first, *others = [
        line
        for line in (PROJECT / ".dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    let_in = {line[1:] for line in others if line.startswith("!")}

    assert first == "*"
    assert let_in == {
        *("manage.py", "requirements.txt", "docker-entrypoint.sh"),
        *("users_service", "roles", "clinicians", "bookmarks"),
    }


def test_git_keeps_neither_keys_nor_a_database() -> None:
    ignored = (PROJECT / ".gitignore").read_text().split()

    assert {"/.env.development", "/db.sqlite3*"} <= set(ignored)


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_asked_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert "disable" not in check


def test_a_publisher_is_well_as_long_as_its_heart_beats(tmp_path: Path) -> None:
    publisher = SERVICES["publisher"]
    *_, option, path = publisher["command"]
    heart = tmp_path / "heart"
    asked = [
        word.replace(path, str(heart)) for word in publisher["healthcheck"]["test"][1:]
    ]

    def is_well() -> bool:
        return (
            subprocess.run(asked, check=False, stderr=subprocess.PIPE).returncode == 0
        )

    assert option == "--heartbeat"
    assert not is_well()
    heart.touch()
    assert is_well()
    os.utime(heart, (time.time() - 120,) * 2)
    assert not is_well()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_and_write_nowhere_but_to_tmp(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp:size=1g"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_a_secret_that_nobody_chose(name: str) -> None:
    environment = SERVICES[name]["environment"]
    secrets = {key: value for key, value in environment.items() if SECRET.search(key)}

    assert secrets
    for key, value in secrets.items():
        # Passed on where the shell has it, or asked for where it has not.
        assert value is None or re.fullmatch(r"\$\{[A-Z_]+:\?.+\}", value), key


@pytest.mark.parametrize(
    "variable", ["HS_KEY_PREVIOUS", "STAFF_SECOND_FACTOR", "CSRF_TRUSTED_ORIGINS"]
)
def test_what_protects_a_deployment_is_passed_on(variable: str) -> None:
    assert [variable in SERVICES[name]["environment"] for name in OURS] == [True] * 2
