"""Preparing the next while the database takes the last."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")

WAITING = 2
"""How many are kept ready."""

POLL_SECONDS = 0.2


@contextmanager
def ahead(source: Iterator[T]) -> Iterator[Iterator[T]]:
    """Give an iterator over `source`, which runs in a thread of its own meanwhile.

    What `source` raises, the iterator raises. With the block the thread ends, unless
    it waits for input that does not come: then it ends with the process. `source` must
    not use the database, whose connections belong to threads.
    """
    ready: Queue[Any] = Queue(WAITING)
    is_over = Event()
    thread = Thread(target=_fill, args=(ready, source, is_over), daemon=True)
    thread.start()
    try:
        yield _taken(ready, thread)
    finally:
        is_over.set()
        thread.join(timeout=5 * POLL_SECONDS)


def _fill(ready: "Queue[Any]", source: Iterator[Any], is_over: Event) -> None:
    try:
        for each in source:
            if not _put(ready, (each, None), is_over):
                return
        _put(ready, (None, StopIteration()), is_over)
    except BaseException as error:  # noqa: BLE001 (raised where it is taken)
        _put(ready, (None, error), is_over)


def _put(ready: "Queue[Any]", entry: Any, is_over: Event) -> bool:
    while not is_over.is_set():
        try:
            ready.put(entry, timeout=POLL_SECONDS)
        except Full:
            continue
        return True
    return False


def _taken(ready: "Queue[Any]", thread: Thread) -> Iterator[Any]:
    while True:
        try:
            value, error = ready.get(timeout=POLL_SECONDS)
        except Empty:
            if thread.is_alive():
                continue
            return
        if isinstance(error, StopIteration):
            return
        if error is not None:
            raise error
        yield value
