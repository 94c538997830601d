"""Arguments of commands that are not UTF-8."""

import subprocess
import sys

import pytest

from users_service.tests.live import PROJECT
from users_service.tests.processes import as_in_tests

COMMANDS = [
    ["erase_clinician", b"\xff"],
    ["unlock_clinician", b"ada\xe9"],
    ["import_clinicians", b"/tmp/people-\xfc.csv"],
    ["issue_token", "--clinician", b"\xff"],
    [b"\xff"],
]


@pytest.mark.parametrize("arguments", COMMANDS)
def test_argument_that_is_not_utf_8_ends_a_command_with_one_line(
    arguments: list[str | bytes],
) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=as_in_tests(),
        capture_output=True,
        check=False,
    )
    number = len(arguments)
    assert ended.returncode == 1
    assert ended.stderr.decode() == f"Argument {number} is not UTF-8.\n"
    assert ended.stdout == b""
