"""Standard outputs of commands that are closed, full, cut off or not UTF-8."""

import subprocess
import sys
from pathlib import Path

import pytest

from clinicians.testing import created
from users_service.tests.live import PROJECT, database_variables
from users_service.tests.processes import as_in_tests

CLOSED = "Standard output is closed.\n"
CUT_OFF = "Standard output: Broken pipe.\n"
FULL = "Standard output: No space left on device.\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("{events} >&-", CLOSED),
        ("{export} >&-", CLOSED),
        ("set -o pipefail; {events} | true", CUT_OFF),
        ("{events} >/dev/full", FULL),
        ("set -o pipefail; {export} | true", CUT_OFF),
        ("{export} >/dev/full", FULL),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_ends_a_command_in_one_line(
    command: str, said: str, populated: dict[str, str]
) -> None:
    ended = run(command, populated)
    assert ended.returncode == 1
    assert said in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert b"Exception ignored" not in ended.stderr


def test_export_is_utf_8_whatever_the_locale(populated: dict[str, str]) -> None:
    ended = run("PYTHONIOENCODING=ascii LC_ALL=C {export}", populated)
    assert ended.returncode == 0
    assert "Zoë" in ended.stdout.decode()


@pytest.fixture
def populated(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """Variables that lead to a database with a clinician in it."""
    created(first_name="Zoë")
    return database_variables(tmp_path)


def run(
    command: str, variables: dict[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    manage = f"{sys.executable} manage.py"
    text = command.format(
        events=f"{manage} events", export=f"{manage} export_clinicians"
    )
    return subprocess.run(
        ["bash", "-c", text],
        cwd=PROJECT,
        env=as_in_tests(**variables),
        capture_output=True,
        check=False,
        timeout=120,
    )
