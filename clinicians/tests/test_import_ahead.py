"""The process that prepares the next batch of an import."""

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from clinicians.transfer.ahead import PreparerDied, ahead
from clinicians.transfer.faults import Unreadable

SOON = 10
"""Seconds that nothing here takes, unless it is broken."""


class Broken(Exception):
    """What a source or a consumer raises."""


def failing(after: int, error: BaseException) -> Iterator[int]:
    yield from range(after)
    raise error


def endless(marks: Path) -> Iterator[int]:
    """Count up, leaving a file behind for every number."""
    for number in range(10**6):
        (marks / str(number)).touch()
        yield number


@pytest.mark.parametrize("number", [0, 1, 2, 1000])
def test_all_comes_out_in_order(number: int) -> None:
    with ahead(iter(range(number))) as taken:
        assert list(taken) == list(range(number))

    assert active_children() == []


def test_none_among_them_is_a_value() -> None:
    values: list[Any] = [None, [], 0]
    with ahead(iter(values)) as taken:
        assert list(taken) == values


def test_another_process_reads() -> None:
    with ahead(os.getpid() for _ in range(2)) as taken:
        first, second = taken

    assert first == second != os.getpid()


def test_more_than_a_pipe_holds_comes_through() -> None:
    with ahead(iter(["x" * 10**6] * 5)) as taken:
        assert [len(each) for each in taken] == [10**6] * 5


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("error", [Broken("why"), Unreadable(7, "Torn.")])
def test_what_the_source_raises_comes_after_what_it_gave(
    after: int, error: Exception
) -> None:
    with ahead(failing(after, error)) as taken:
        assert [next(taken) for _ in range(after)] == list(range(after))
        with pytest.raises(type(error), match=str(error)):
            next(taken)


def test_a_reader_that_is_killed_is_no_end_of_the_file() -> None:
    def killed() -> Iterator[int]:
        yield 1
        os.kill(os.getpid(), signal.SIGKILL)

    with ahead(killed()) as taken:
        assert next(taken) == 1
        with pytest.raises(PreparerDied):
            next(taken)


def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    with ahead(endless(tmp_path)) as taken:
        assert next(taken) == 0

    assert active_children() == []
    assert len(list(tmp_path.iterdir())) < 10**6


def test_an_error_of_the_consumer_ends_the_process(tmp_path: Path) -> None:
    with pytest.raises(Broken), ahead(endless(tmp_path)) as taken:
        raise Broken(next(taken))

    assert active_children() == []


def test_a_source_that_waits_for_input_holds_nobody_up() -> None:
    def waiting() -> Iterator[int]:
        yield 1
        time.sleep(60 * SOON)

    started = time.monotonic()
    with ahead(waiting()) as taken:
        assert next(taken) == 1

    assert time.monotonic() - started < SOON


def test_an_interrupt_from_the_keyboard_is_for_the_importer_alone() -> None:
    def interrupted() -> Iterator[int]:
        os.kill(os.getpid(), signal.SIGINT)
        yield 1

    with ahead(interrupted()) as taken:
        assert list(taken) == [1]
