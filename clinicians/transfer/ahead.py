"""Preparing the next batch in a process of its own, while the database takes the last.

A thread would not do: both sides are busy with Python most of the time.
"""

import multiprocessing
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")

FORK = multiprocessing.get_context("fork")
"""The child goes on with what is open here already, the standard input included."""


class PreparerDied(Exception):
    """The process that prepares was killed: what comes next is not known."""

    def __str__(self) -> str:
        return "The process that reads the file was killed."


@contextmanager
def ahead(source: Iterator[T]) -> Iterator[Iterator[T]]:
    """Give an iterator over `source`, which runs in a child process, one step ahead.

    What `source` raises, the iterator raises; PreparerDied if the child ends without a
    word. With the block the child ends. Fork before the database is used: `source` must
    not use it, and its connections do not survive a fork.
    """
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_give, args=(sender, receiver, source), daemon=True)
    child.start()
    sender.close()
    try:
        yield _taken(receiver)
    finally:
        receiver.close()
        child.terminate()
        child.join()


def _give(sender: Connection, receiver: Connection, source: Iterator[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told as well
    receiver.close()  # or the parent's end would not be noticed
    try:
        for each in source:
            sender.send((each, None))
        sender.send((None, StopIteration()))
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 (raised where it is taken)
        sender.send((None, error))


def _taken(receiver: Connection) -> Generator[Any, None, None]:
    while True:
        try:
            value, error = receiver.recv()
        except EOFError:
            raise PreparerDied from None
        if isinstance(error, StopIteration):
            return
        if error is not None:
            raise error
        yield value
