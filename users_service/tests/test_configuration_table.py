"""The README's table of variables holds what the code reads."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
READ = re.compile(r'environment\.(?:\w+)\(\s*"([A-Z][A-Z0-9_]+)"')
NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|ENVIRONMENT|THREADS")


def variables_in_code() -> set[str]:
    names = ("settings", "databases", "server")
    sources = [PROJECT / "users_service" / f"{name}.py" for name in names]
    return {name for path in sources for name in READ.findall(path.read_text())}


def variables_in_table() -> set[str]:
    section = (PROJECT / "README.md").read_text().split("## Configuration")[1]
    table = [
        line for line in section.split("\n## ")[0].splitlines() if line[:2] == "| "
    ]
    return {name for line in table for name in NAME.findall(line.split("|")[1])}


def test_every_variable_that_is_read_is_in_the_table() -> None:
    assert len(variables_in_code()) > 30
    assert variables_in_code() - variables_in_table() == set()


def test_every_variable_in_the_table_is_read() -> None:
    assert variables_in_table() - variables_in_code() == set()


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md"])
def test_the_files_that_a_page_links_to_are_there(page: str) -> None:
    path = PROJECT / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
