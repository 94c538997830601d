"""Telling somebody at a terminal how far a long command is."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

LARGE = 16 * 2**20
"""Bytes of a file that takes a few seconds to import."""


class Source:
    """A file, or the standard input, that knows how much of it was read."""

    def __init__(self, file: IO[bytes], size: int | None) -> None:
        self.file = file
        self.size = size

    @property
    def is_large(self) -> bool:
        """Whether it is worth a process of its own to read it."""
        return self.size is not None and self.size >= LARGE

    def expected(self, number: int) -> int | None:
        """Return how many items there may be, `number` having been read so far."""
        if not (self.size and number):
            return None
        return max(number, round(self.size * number / max(1, self.file.tell())))


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """Open a file for reading; `-` is the standard input. Raises OSError."""
    if path == "-":
        yield Source(sys.stdin.buffer, None)
        return
    found = Path(path)
    with found.open("rb") as file:
        yield Source(file, found.stat().st_size)


def counted(batches: Iterable[list[Any]], number: int) -> Iterator[list[Any]]:
    """Yield batches of so many items, showing rate and time left like `shown`."""
    with tqdm(total=number, unit=" clinicians", unit_scale=True, disable=None) as bar:
        for batch in batches:
            yield batch
            bar.update(len(batch))


def shown(batches: Iterable[list[Any]], source: Source) -> Iterator[list[Any]]:
    """Yield the batches, showing rate and time left where there is a terminal."""
    number = 0
    with tqdm(unit=" clinicians", unit_scale=True, disable=None) as bar:
        for batch in batches:
            yield batch
            number += len(batch)
            bar.total = source.expected(number)
            bar.update(len(batch))
