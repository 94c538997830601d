"""Recognising what a file of clinicians is: JSON, NDJSON or CSV, plain or gzipped."""

import gzip
import io
import json
from pathlib import Path
from typing import IO, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicians.transfer import reading
from clinicians.transfer.faults import Unreadable
from clinicians.transfer.reading import Format, read_items

BOM = b"\xef\xbb\xbf"
DAMAGED = "The gzip archive is damaged or cut off."
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
OBJECTS = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT)


def read(data: bytes, form: Format | None = None) -> list[tuple[int, Any, str]]:
    """Return line, value and message of every item of a file that is read through."""
    return [
        (each.line, each.value, *each.errors.get("", [""]))
        for each in read_items(io.BytesIO(data), form)
    ]


def unreadable(data: bytes, form: Format | None = None) -> Unreadable:
    """Return why a file cannot be read."""
    with pytest.raises(Unreadable) as caught:
        read(data, form)
    return caught.value


@pytest.mark.parametrize("zipped", [bytes, gzip.compress])
@pytest.mark.parametrize("start", [b"", BOM, b"\n \t", BOM + b"\r\n"])
@pytest.mark.parametrize("data", [b'[{"uuid": "a"}]', b'{"uuid": "a"}'])
def test_json_is_recognised_by_its_first_character(
    data: bytes, start: bytes, zipped: Any
) -> None:
    line = 1 + start.count(b"\n")

    assert read(zipped(start + data)) == [(line, {"uuid": "a"}, "")]


@pytest.mark.parametrize("zipped", [bytes, gzip.compress])
@pytest.mark.parametrize("start", [b"", BOM])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
def test_all_else_is_csv(start: bytes, end: bytes, zipped: Any) -> None:
    data = start + (end or b"\n").join([b"uuid", b"a"]) + end

    assert read(zipped(data)) == [(2, {"uuid": "a"}, "")]


def test_a_format_that_is_named_is_not_guessed() -> None:
    assert read(b"[1]\n[2]", Format.NDJSON) == [(1, [1], ""), (2, [2], "")]
    error = unreadable(b'{"uuid": "a"}', Format.JSON)
    assert error.message == "A JSON array starts with [."
    error = unreadable(b'["uuid"]', Format.CSV)
    assert error.message == "There is no column '[\"uuid\"]'."


@pytest.mark.parametrize("zipped", [bytes, gzip.compress])
@pytest.mark.parametrize("data", [b"", b" ", b"\n\n", b"\t \r\n", BOM, BOM + b"\n "])
def test_nothing_at_all_is_unreadable(data: bytes, zipped: Any) -> None:
    error = unreadable(zipped(data))

    assert (error.line, str(error)) == (None, "The file is empty.")


@settings(deadline=None, max_examples=100)
@given(st.lists(OBJECTS, min_size=1), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_ndjson_is_read_line_by_line(
    items: list[Any], ascii_only: bool, end: str
) -> None:
    lines = [json.dumps(item, ensure_ascii=ascii_only) for item in items]
    expected = [(number, item, "") for number, item in enumerate(items, 1)]

    assert read(end.join(lines).encode()) == expected
    assert read(BOM + "".join(line + end for line in lines).encode()) == expected


def test_blank_lines_of_ndjson_are_counted_and_skipped() -> None:
    data = b'\n{"a": 1}\n\n \t\r\n\r\n' + BOM + b'\n{"a": 2}\n\n'

    assert read(data) == [(2, {"a": 1}, ""), (7, {"a": 2}, "")]


UNSAFE = "NUL characters and lone surrogates are not allowed"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b'{"a": 1', "Malformed JSON at column 8: Expecting ',' delimiter"),
        (b'{"a": 1} {"a": 2}', "Malformed JSON at column 10: Extra data"),
        (b'{"a": 1},', "Malformed JSON at column 9: Extra data"),
        (b"}", "Malformed JSON at column 1: Expecting value"),
        (b"uuid", "Malformed JSON at column 1: Expecting value"),
        (b'{"a": NaN}', "JSON has no NaN"),
        (b'{"a": Infinity}', "JSON has no Infinity"),
        (b'{"a": 1, "a": 2}', "Duplicate key in JSON: 'a'"),
        (b'{"a": "\xff"}', "The body is not UTF-8 at byte 7"),
        (b'{"a": "\xed\xa0\x80"}', "The body is not UTF-8 at byte 7"),
        (rb'{"a": "\u0000"}', f"a: {UNSAFE}"),
        (rb'{"a": ["\ud83d"]}', f"a.0: {UNSAFE}"),
        (b'{"a": "\x00"}', "Malformed JSON at column 8: Invalid control character at"),
        (b"[" * 100_000, "The JSON is nested too deeply"),
        (b"9" * 5000, "The JSON holds a number with too many digits"),
    ],
)
def test_a_malformed_line_of_ndjson_is_a_fault_of_its_own(
    bad: bytes, message: str
) -> None:
    items = read(b'{"a": 0}\n' + bad + b'\n\n{"a": 2}')

    assert items == [(1, {"a": 0}, ""), (2, None, message), (4, {"a": 2}, "")]


@pytest.mark.parametrize("value", [1, None, True, "a", [], [{"a": 1}]])
def test_any_json_value_may_stand_on_a_line(value: Any) -> None:
    data = b"{}\n" + json.dumps(value).encode()

    assert read(data) == [(1, {}, ""), (2, value, "")]


def test_a_line_of_ndjson_has_a_longest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_ITEM", 20)
    longest = b'{"a": "0123456789"}\n'
    assert len(longest) == 20

    assert len(read(longest * 3)) == 3
    error = unreadable(longest * 3 + b" " + longest)
    assert (error.line, error.message) == (4, "Longer than 20 bytes.")


class Endless(io.RawIOBase):
    """A line that never ends, of which any number of bytes can be had."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"{" * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_a_line_without_an_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "LONGEST_ITEM", 2**17)
    source = Endless()
    with pytest.raises(Unreadable):
        list(read_items(cast("IO[bytes]", source)))

    assert source.given < 2**19


FORMS = {
    Format.JSON: b'[{"uuid": "a"},\n{"uuid": "b"}]\n',
    Format.NDJSON: b'{"uuid": "a"}\n{"uuid": "b"}\n',
    Format.CSV: b"uuid\na\nb\n",
}


@pytest.mark.parametrize("data", FORMS.values(), ids=[form.value for form in FORMS])
def test_an_archive_cut_off_anywhere_is_unreadable(data: bytes) -> None:
    archive = gzip.compress(data)
    for cut in range(len(b"\x1f\x8b"), len(archive)):
        error = unreadable(archive[:cut])
        assert (error.line, error.message) == (None, DAMAGED), cut
    assert read(archive) == read(data)


@pytest.mark.parametrize("data", FORMS.values(), ids=[form.value for form in FORMS])
def test_a_damaged_archive_is_unreadable_or_harmless(data: bytes) -> None:
    archive = gzip.compress(data)
    header = 10  # flags, time and system of which nothing depends on
    for place in range(2, len(archive)):
        damaged = bytearray(archive)
        damaged[place] ^= 0x55
        try:
            items = read(bytes(damaged))
        except Unreadable as error:
            assert error.message == DAMAGED  # noqa: PT017 (the header may be harmless)
        else:
            assert place < header
            assert items == read(data)


def test_a_large_archive_is_damaged_where_the_damage_is() -> None:
    lines = b"".join(b'{"uuid": "%d"}\n' % number for number in range(100_000))
    archive = gzip.compress(lines)
    items = read_items(io.BytesIO(archive[: len(archive) // 2]))

    assert [next(items).value for _ in range(1000)] == [
        {"uuid": str(number)} for number in range(1000)
    ]
    with pytest.raises(Unreadable, match=DAMAGED):
        list(items)


def test_archives_may_be_put_together() -> None:
    parts = [b'{"uuid": "a"}\n', b'{"uuid": "b"}\n']
    joined = b"".join(map(gzip.compress, parts))

    assert read(joined) == read(b"".join(parts))
    assert read(joined + bytes(100)) == read(b"".join(parts))
    assert unreadable(joined + b"more").message == reading.FOLLOWED


@pytest.mark.parametrize("zipped", [bytes, gzip.compress])
@pytest.mark.parametrize("data", FORMS.values(), ids=[form.value for form in FORMS])
def test_a_file_is_left_open_for_whoever_opened_it(
    data: bytes, zipped: Any, tmp_path: Path
) -> None:
    path = tmp_path / "clinicians"
    path.write_bytes(zipped(data))
    with path.open("rb") as file:
        items = read_items(file)
        assert next(items).value == {"uuid": "a"}
        del items
        assert not file.closed
    with path.open("rb") as file:
        assert len(list(read_items(file))) == 2
        assert not file.closed


@pytest.mark.parametrize("data", FORMS.values(), ids=[form.value for form in FORMS])
def test_a_file_may_be_closed_before_it_is_read_through(
    data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "clinicians"
    path.write_bytes(data)
    with path.open("rb") as file:
        items = read_items(file)
        assert next(items).value == {"uuid": "a"}
    del items  # complaining now would fail this test
