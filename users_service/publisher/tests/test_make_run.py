"""`make run` with a broker: the publisher begins and ends with the server."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from users_service.tests.live import PROJECT, free_port
from users_service.tests.processes import as_in_tests


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_publisher_ends_with_the_server(
    broker: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "users_service.development"],
        env=as_in_tests(
            RABBITMQ_HOST=broker.RABBITMQ_HOST,
            RABBITMQ_PORT=str(broker.RABBITMQ_PORT),
            RABBITMQ_VHOST=broker.RABBITMQ_VHOST,
            SERVER_PORT=str(free_port()),
            SQLITE_PATH=str(tmp_path / "db.sqlite3"),
            TMPDIR=str(tmp_path),
            WEB_CONCURRENCY="1",
        ),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        started = {"Publisher started", "Listening at"}
        for line in output:
            started -= {each for each in started if each in line}
            if not started:
                break
        process.send_signal(number)
        # To the end: until every process that writes there has ended.
        rest = output.read()
    process.wait(timeout=30)
    assert "Publisher ended" in rest
