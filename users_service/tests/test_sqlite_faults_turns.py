"""How those who write to one SQLite file take turns."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from users_service.database.sqlite import base
from users_service.databases import sqlite
from users_service.tests.pair import wait_until

pytestmark = pytest.mark.django_db  # pytest-django guards connections to any file


@pytest.fixture
def file(tmp_path: Path) -> dict[str, Any]:
    """Give what Django is told of a file of the test's own."""
    return sqlite(tmp_path)


@contextmanager
def connected(file: dict[str, Any]) -> Iterator[base.DatabaseWrapper]:
    """Open a connection, as a thread of the service does."""
    opened = ConnectionHandler({"default": file})["default"]
    assert isinstance(opened, base.DatabaseWrapper)
    with closing(opened):
        yield opened


def begin(opened: base.DatabaseWrapper) -> None:
    opened.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(opened: base.DatabaseWrapper) -> None:
    opened.rollback()
    opened.set_autocommit(True)


def own_wait(opened: base.DatabaseWrapper) -> int:
    """Return for how many milliseconds other statements wait for the file."""
    with opened.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        return int(cursor.fetchone()[0])


def write(file: dict[str, Any]) -> None:
    with connected(file) as opened:
        begin(opened)
        end(opened)


def test_who_comes_later_waits_until_the_file_is_free(file: dict[str, Any]) -> None:
    with connected(file) as first, ThreadPoolExecutor() as pool:
        begin(first)
        later = [pool.submit(write, file) for _ in range(4)]
        wait_until(base._first_in_line.locked)
        assert not any(each.done() for each in later)
        end(first)
        assert [each.result() for each in later] == [None] * 4
    assert not base._first_in_line.locked()


def test_a_writer_gives_up_when_its_time_is_over(file: dict[str, Any]) -> None:
    file["OPTIONS"]["timeout"] = 0.25
    with connected(file) as first, connected(file) as second:
        begin(first)
        started = time.monotonic()
        with pytest.raises(OperationalError, match="locked"):
            begin(second)
        assert time.monotonic() - started >= 0.25
        assert not base._first_in_line.locked()
        assert own_wait(second) == 250
        end(first)
        begin(second)
        assert own_wait(second) == 250
        end(second)


def test_a_writer_waits_for_nothing_but_the_lock(file: dict[str, Any]) -> None:
    with connected(file) as opened:
        begin(opened)
        with pytest.raises(OperationalError, match="within a transaction"):
            opened._start_transaction_under_autocommit()
        assert not base._first_in_line.locked()
        end(opened)
