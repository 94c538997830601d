"""Reading a JSON array of clinicians, item by item."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinicians.transfer import json_array
from clinicians.transfer.faults import Unreadable
from clinicians.transfer.reading import Format, read_items

UNSAFE = "NUL characters and lone surrogates are not allowed"
SMALL = b'[\n {"a": "x\\n\\"y]", "b": [1.5e+3, -0, null]},\r\n true,\n "\\u00e9"\n] \n'
SMALL_ITEMS = [{"a": 'x\n"y]', "b": [1500.0, 0, None]}, True, "é"]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)
BLANKS = st.text(" \t\r\n", max_size=5)
LAYOUTS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 0, 1]),
        "separators": st.sampled_from([(",", ":"), (" , ", "\n:\t")]),
    }
)


def read(data: bytes) -> list[tuple[int, Any, str]]:
    """Return line, value and message of every item of a file that is read through."""
    return list(found(data))


def found(data: bytes) -> Iterator[tuple[int, Any, str]]:
    for each in read_items(io.BytesIO(data), Format.JSON):
        assert each.errors.keys() <= {""}
        assert each.row is None
        yield each.line, each.value, *each.errors.get("", [""])


def unreadable(data: bytes) -> tuple[list[Any], Unreadable]:
    """Return what is read of a file before it cannot be read on, and why."""
    before: list[Any] = []
    with pytest.raises(Unreadable) as caught:
        before.extend(value for _, value, _ in found(data))
    return before, caught.value


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    """Have arrays read in pieces of so many characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "CHUNK", size)
        yield


@settings(deadline=None, max_examples=200)
@given(
    items=st.lists(st.tuples(BLANKS, VALUES, BLANKS), max_size=5),
    layout=LAYOUTS,
    size=st.sampled_from([1, 2, 3, 7, 50, 2**18]),
    bom=st.booleans(),
)
@example(
    items=[("", 1.5, ""), ("", -1e30, ""), ("", "😀", "")],
    layout={"ensure_ascii": True},
    size=1,
    bom=False,
)
def test_an_array_is_read_as_json_is(
    items: list[tuple[str, Any, str]], layout: dict[str, Any], size: int, bom: bool
) -> None:
    text, line = "\n[", 0
    expected: list[tuple[int, Any, str]] = []
    for number, (before, value, after) in enumerate(items):
        text += ("," if number else "") + before
        line = max(1 + text.count("\n"), line + 1)  # each item has a number of its own
        expected.append((line, value, ""))
        text += json.dumps(value, **layout) + after
    text += "]\n\n"
    assert json.loads(text) == [value for _, value, _ in items]
    with pieces_of(size):
        assert read(("\ufeff" * bom + text).encode()) == expected


@pytest.mark.parametrize("text", ["[]", "[\n]", " [ \t] \r\n", "\ufeff[]"])
def test_an_empty_array_has_no_items(text: str) -> None:
    assert read(text.encode()) == []


@pytest.mark.parametrize("size", [1, 16, 2**18])
def test_an_array_cut_off_anywhere_is_unreadable(size: int) -> None:
    end = SMALL.rindex(b"]")
    with pieces_of(size):
        for cut in range(end + 1):
            before, error = unreadable(SMALL[:cut])
            assert before == SMALL_ITEMS[: len(before)]
            lines = SMALL[:cut].count(b"\n") + 1
            assert error.line is not None, cut
            assert 1 <= error.line <= lines, cut
            assert str(error).startswith(f"line {error.line}: ")
        for cut in range(end + 1, len(SMALL) + 1):
            assert [value for _, value, _ in read(SMALL[:cut])] == SMALL_ITEMS


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[", 1, "The array has no end."),
        ("[ \n", 2, "The array has no end."),
        ("[1,\n", 2, "The array has no end."),
        ("[1\n\n", 3, "The array has no end."),
        ("[\n\n1 2]", 3, "A comma is missing."),
        ("[{}\n}]", 2, "A comma is missing."),
        ("[1]\n]", 2, "Something follows the array."),
        ("[1]\n[2]", 2, "Something follows the array."),
        ("[]{}", 1, "Something follows the array."),
        ("{}", 1, "A JSON array starts with [."),
        ("1", 1, "A JSON array starts with [."),
        ("[\n1,]", 2, "Malformed JSON: Expecting value"),
        ("[,1]", 1, "Malformed JSON: Expecting value"),
        ("[\n{'a': 1}]", 2, "Malformed JSON: Expecting property name"),
        ("[\ntru]", 2, "Malformed JSON: Expecting value"),
        ('["\x01"]', 1, "Malformed JSON: Invalid control character"),
        ('["\x00"]', 1, "Malformed JSON: Invalid control character"),
        ("[1,\n" + "[" * 100_000, 2, "The JSON is nested too deeply"),
        ("[\n" + '{"a":' * 100_000, 2, "The JSON is nested too deeply"),
        ("[1,\n" + "9" * 5000 + "]", 2, "The JSON holds a number with too many"),
    ],
)
def test_what_cannot_be_read_says_why_and_where(
    text: str, line: int, message: str
) -> None:
    _, error = unreadable(text.encode())

    assert error.line == line
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    "data", [b'["\xff"]', b'["\xed\xa0\x80"]', b"[1\xff", b'["\xf0\x9f\x98', b"[1,\xc3"]
)
def test_what_is_no_utf_8_is_unreadable(data: bytes) -> None:
    _, error = unreadable(data)

    assert error.message.startswith("The file is not UTF-8: ")


@pytest.mark.parametrize("size", [1, 5, 2**18])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("NaN", "JSON has no NaN"),
        ('{"a": [-Infinity]}', "JSON has no -Infinity"),
        ('{"a": 1, "a": 2}', "Duplicate key in JSON"),
        ('{"b": [{"a": 1, "\\u0061": 2}]}', "Duplicate key in JSON"),
        (r'{"a": "x\u0000"}', f"a: {UNSAFE}"),
        (r'{"a": [0, "\ud800"]}', f"a.1: {UNSAFE}"),
        (r'{"a": "\udc00\ud800"}', f"a: {UNSAFE}"),
        (r'{"\ud800": 1}', f"?: {UNSAFE}"),
    ],
)
def test_a_faulty_item_is_a_fault_of_its_own(bad: str, message: str, size: int) -> None:
    with pieces_of(size):
        items = read(f"[\n1,\n{bad},\n2\n]".encode())

    assert items == [(2, 1, ""), (3, None, message), (4, 2, "")]


def test_escapes_that_look_dangerous_are_read() -> None:
    text = r'["\ud83d\ude00", "\\u0000", "\\ud800", "\u00e9"]'

    assert [item[1:] for item in read(text.encode())] == [
        ("😀", ""),
        ("\\u0000", ""),
        ("\\ud800", ""),
        ("é", ""),
    ]


@pytest.mark.parametrize("size", [1, 30, 2**18])
def test_an_item_has_a_longest_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "LONGEST_ITEM", 100)
    longest, too_long = f'"{"x" * 98}"', f'"{"x" * 99}"'
    many = ",\n".join([longest] * 50)
    with pieces_of(size):
        assert read(f"[{many}]".encode()) == [
            (line, "x" * 98, "") for line in range(1, 51)
        ]
        before, error = unreadable(f"[{many},\n{too_long},\n1]".encode())

    assert (len(before), error.line) == (50, 51)


class Endless(io.RawIOBase):
    """An item that never ends, of which any number of bytes can be had."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        start = b'["' if not self.given else b""
        buffer[:] = start + b"x" * (len(buffer) - len(start))
        self.given += len(buffer)
        return len(buffer)


def test_an_item_without_an_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_array, "LONGEST_ITEM", 2**17)
    source = Endless()
    with pytest.raises(Unreadable), pieces_of(2**10):
        list(read_items(cast("IO[bytes]", source)))

    assert source.given < 2**19


def test_what_was_read_stands_before_the_fault() -> None:
    assert unreadable(b'[{"a": 1}, {"a": 2}, {"a"')[0] == [{"a": 1}, {"a": 2}]
