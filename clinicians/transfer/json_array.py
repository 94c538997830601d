"""Reading a JSON array item by item, without holding it in memory."""

import io
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from clinicians.transfer.faults import LONGEST_ITEM, Unreadable
from users_service.api.parsers import UNSAFE_ESCAPE, parse_json
from users_service.exceptions import InvalidInput

CHUNK = 2**18
BLANKS = " \t\r\n"
NO_END = "The array has no end."


class _Array:
    """A cursor in the text of an array, which is read piece by piece."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
        self._buffer = ""
        self._at = 0
        self._is_read = False
        self.line = 1
        self.fault = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._unique_keys, parse_constant=self._constant
        )

    def close(self) -> None:
        """Let go of the source, which would be closed with this otherwise."""
        with suppress(ValueError):  # whoever opened it may have closed it
            self._text.detach()

    def take(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            start = self._at
            while self._at < len(self._buffer) and self._buffer[self._at] in BLANKS:
                self._at += 1
            self.line += self._buffer.count("\n", start, self._at)
            if self._at < len(self._buffer):
                self._at += 1
                return self._buffer[self._at - 1]
            if not self._read_on():
                return ""

    def back(self) -> None:
        """Take the last character again."""
        self._at -= 1

    def value(self) -> Any:
        """Return the JSON value that starts here; `fault` says if it is a bad one."""
        while True:
            self.fault = ""
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except (json.JSONDecodeError, RecursionError, ValueError) as error:
                if self._could_be_longer() and self._read_on():
                    continue
                raise Unreadable(self.line, _why(error)) from None
            if end + len("e+1") <= len(self._buffer) or not self._read_on():
                break  # a number that goes on would be seen to
        if end - self._at > LONGEST_ITEM:
            raise Unreadable(self.line, f"Longer than {LONGEST_ITEM} bytes.")
        if UNSAFE_ESCAPE.search(self._buffer, self._at, end):
            self.fault = self.fault or _unsafe(self._buffer[self._at : end])
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end
        return value

    def _could_be_longer(self) -> bool:
        return len(self._buffer) - self._at < LONGEST_ITEM

    def _read_on(self) -> bool:
        """Read a piece more, as much again as is unread; tell whether there was one."""
        unread = len(self._buffer) - self._at
        more = "" if self._is_read else self._text.read(max(CHUNK, unread))
        self._is_read = not more
        if more:
            self._buffer = self._buffer[self._at :] + more
            self._at = 0
        return bool(more)

    def _unique_keys(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.fault = "Duplicate key in JSON"
        return result

    def _constant(self, name: str) -> None:
        self.fault = f"JSON has no {name}"


def array_items(source: io.BufferedReader) -> Iterator[tuple[int, Any, str]]:
    """Yield line, value and fault of every item of an array."""
    with closing(_Array(source)) as array:
        yield from _all(array)


def _all(array: _Array) -> Iterator[tuple[int, Any, str]]:
    if array.take() != "[":
        raise Unreadable(array.line, "A JSON array starts with [.")
    first = array.take()
    if not first:
        raise Unreadable(array.line, NO_END)
    if first != "]":
        array.back()
        yield from _items(array)
    if array.take():
        raise Unreadable(array.line, "Something follows the array.")


def _items(array: _Array) -> Iterator[tuple[int, Any, str]]:
    line = 0
    while True:
        if not array.take():
            raise Unreadable(array.line, NO_END)
        array.back()
        # Several on one line count as one line each: a number stands for one item.
        line = max(array.line, line + 1)
        value = array.value()
        yield line, None if array.fault else value, array.fault
        separator = array.take()
        if separator == "]":
            return
        if separator != ",":
            raise Unreadable(array.line, "A comma is missing." if separator else NO_END)


def _unsafe(text: str) -> str:
    """Return what is wrong with JSON that has such an escape; a whole pair is fine."""
    try:
        parse_json(text.encode())
    except InvalidInput as error:
        return error.message
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Malformed JSON: {error.msg}."
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    return "The JSON holds a number with too many digits."
