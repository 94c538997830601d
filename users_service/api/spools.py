"""Temporary files for large bodies and answers, within one bound. See ADR 11."""

import ctypes
import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings

from users_service.exceptions import Unavailable

MEMORY_BYTES = 4 * 2**20
"""An answer up to this size waits for its reader in memory, a larger one on disk."""

TRIM_BYTES = 16 * 2**20
"""From this size on it pays to look for memory to give back, which takes 10 ms."""

NO_ROOM = "There is no room for another large request or answer, try again"
RETRY_AFTER = 10
# glibc's; other C libraries give memory back by themselves.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


class Spool(SpooledTemporaryFile[bytes]):
    """A temporary file, in memory while it is small.

    Those of a process hold at most MAX_SPOOLED_BYTES together. Writing raises
    Unavailable beyond that, and where the disk is full.
    """

    _lock: ClassVar = Lock()
    _used: ClassVar = 0

    def __init__(self, memory_bytes: int | None = None) -> None:
        bound = MEMORY_BYTES if memory_bytes is None else memory_bytes
        super().__init__(bound, dir=settings.SPOOL_FOLDER or None)
        self._reserved = 0

    def __exit__(self, *details: object) -> None:
        """Close the file."""
        self.close()

    def write(self, data: Any) -> int:
        """Write bytes; returns their number."""
        self._reserve(len(data))
        with _disk_errors():
            return super().write(data)

    def rewind(self) -> int:
        """Go to the beginning, to read what was written; returns its length."""
        length = self.tell()
        with _disk_errors():
            self.seek(0)
        return length

    def close(self) -> None:
        """Close the file, and give back what it held, and the memory it took to make.

        glibc would keep that: 177 MiB after 16 answers of 20 MB, instead of 117.
        """
        with suppress(OSError):  # what a full disk did not take is not needed
            super().close()
        if self._reserved > TRIM_BYTES:
            _TRIM(0)
        with self._lock:
            Spool._used -= self._reserved
            self._reserved = 0

    def _reserve(self, number: int) -> None:
        with self._lock:
            if Spool._used + number > settings.MAX_SPOOLED_BYTES:
                raise Unavailable(NO_ROOM, RETRY_AFTER)
            Spool._used += number
            self._reserved += number


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise Unavailable(NO_ROOM, RETRY_AFTER) from error
