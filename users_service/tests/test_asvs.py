"""docs/asvs.md, and pages it leans on, name tests, code and settings that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from users_service import settings
from users_service.tests.test_configuration_table import variables_in_table

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs/asvs.md").read_text()
PAGES = ["asvs", "cryptography", "data-protection"]
VERDICT = re.compile(r"(Met|Partly|Not met|Not ours)(:|$)")
NUMBER = re.compile(r"\b\d+\.\d+(?:\.\d+)?\b")


def spans(page: str) -> list[str]:
    """Return what stands in a page between backquotes."""
    return re.findall(r"`([^`]+)`", (PROJECT / f"docs/{page}.md").read_text())


def is_defined(name: str, text: str) -> bool:
    """Tell whether a function, a class or a constant of the name is in the source."""
    return bool(
        re.search(rf"^\s*(?:def|class) {name}\b|^{name}\b.* = ", text, re.MULTILINE)
    )


def rows() -> Iterator[tuple[str, list[str], str, str]]:
    """Yield chapter, numbers, level and verdict of each requirement."""
    for section in re.split(r"^## V", PAGE, flags=re.MULTILINE)[1:]:
        chapter = section.split(" ", 1)[0]
        for line in re.findall(r"^\| [0-9].*$", section, re.MULTILINE):
            number, level, _, verdict = line.strip("| ").split(" | ", 3)
            yield chapter, NUMBER.findall(number), level, verdict


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page: str) -> None:
    named = [each.split("::") for each in spans(page) if "::" in each]

    assert named
    for path, name in named[page == "asvs" :]:  # the first there says what they are
        source = PROJECT / path
        assert source.is_file(), path
        assert is_defined(name, source.read_text()), f"{path}::{name}"
        assert name.startswith("test_") == source.name.startswith("test_"), name


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_that_is_named_is_there(page: str) -> None:
    paths = [
        each
        for each in spans(page)
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(py|md|ya?ml|toml)|Makefile", each)
    ]

    assert [path for path in paths if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_is_named_is_one(page: str) -> None:
    text = re.sub(r"`[^`]*::[^`]*`", "", (PROJECT / f"docs/{page}.md").read_text())
    words = set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", text))
    known = variables_in_table() | {name for name in dir(settings) if name.isupper()}

    assert words - known == set()


def test_every_requirement_stands_once_in_its_chapter_and_in_order() -> None:
    seen: dict[str, list[list[int]]] = {}
    for chapter, numbers, level, verdict in rows():
        assert numbers[0].split(".")[0] == chapter
        assert level in {"1", "2", "1, 2"}, numbers
        assert VERDICT.match(verdict), numbers
        seen.setdefault(chapter, []).append([int(n) for n in numbers[0].split(".")])

    assert list(seen) == [str(number) for number in range(1, 17)]
    for first in seen.values():
        assert first == sorted(first)
    every = [number for _, numbers, _, _ in rows() for number in numbers]
    assert len(every) > 150
    assert len(every) == len(set(every))


def test_what_is_not_met_is_said_first() -> None:
    summary = PAGE.split("## Not met, in short")[1].split("\n## ")[0]
    said = set(NUMBER.findall(summary))
    short = {
        number: verdict.split(":")[0]
        for _, all_, _, verdict in rows()
        for number in all_
    }

    assert {number for number, verdict in short.items() if verdict == "Not met"} <= said
    assert {short.get(number) for number in said} == {"Not met", "Partly"}


@pytest.mark.parametrize("page", [*PAGES, "operations", "backups"])
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    text = (PROJECT / f"docs/{page}.md").read_text()
    for path, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
        target = PROJECT / "docs" / (path or f"{page}.md")
        assert target.is_file(), path
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            slugs = {
                re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings
            }
            assert heading in slugs, f"{path}#{heading}"
