"""Run what docs/assurance.md promises at full length, and write down what came out.

`python -m users_service.tests.soak [arguments for pytest]`: with no tests among the
arguments, those that the page's rows name, on every database at hand. A row's last
cell becomes what its test recorded (`record_property("figure", …)`), or how many cases
of it passed. A row of another command keeps its cell: its figure is written by hand.
"""

import os
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from users_service.tests import run

PAGE = run.PROJECT / "docs/assurance.md"
ROW = re.compile(
    r"^(?P<start>\|.*\| `make soak ARGS=(?P<test>[\w/.]+(?:::\w+)?)` \| ).* \|$",
    re.MULTILINE,
)
MOST_FIGURES = 4
"""More different ones than these are of cases that somebody may look up."""

Figures = dict[str, dict[str, str]]


def named_tests(page: str) -> list[str]:
    """Return the tests, and files of tests, that the rows name, each once."""
    return list(dict.fromkeys(match["test"] for match in ROW.finditer(page)))


def recorded(report: Path) -> Iterator[tuple[str, str | None]]:
    """Yield test and figure of each case in a JUnit report; None: it did not pass."""
    for case in ET.parse(report).iter("testcase"):
        name = case.get("name", "").split("[")[0]
        test = f"{case.get('classname', '').replace('.', '/')}.py::{name}"
        if case.find("skipped") is not None:
            continue
        found = [
            each.attrib["value"]
            for each in case.iterfind("properties/property[@name='figure']")
        ]
        failed = case.find("failure") is not None or case.find("error") is not None
        yield test, None if failed else "; ".join(found)


def figures_of(report: Path) -> dict[str, str]:
    """Return what each test of a report, and each file of tests, came to."""
    cases: dict[str, list[str | None]] = {}
    for test, figure in recorded(report):
        for name in (test, test.partition("::")[0]):
            cases.setdefault(name, []).append(figure)
    return {test: summed_up(found) for test, found in cases.items()}


def summed_up(cases: list[str | None]) -> str:
    """Return one cell for the cases of a test."""
    if failed := cases.count(None):
        return f"**{failed} of {len(cases)} failed**"
    said = [figure for figure in dict.fromkeys(cases) if figure]
    if said and len(said) <= MOST_FIGURES:
        return "; ".join(said)
    return "passed" if len(cases) == 1 else f"{len(cases)} cases passed"


def filled_in(page: str, figures: Figures, today: str) -> str:
    """Return the page with each row's last cell as the runs say, by database."""

    def cell(match: re.Match[str]) -> str:
        found = {
            database: each[match["test"]]
            for database, each in figures.items()
            if match["test"] in each
        }
        if not found:
            return match[0]
        if len(set(found.values())) == 1 and len(found) > 1:
            found = {" and ".join(found): next(iter(found.values()))}
        said = "; ".join(f"{database}: {figure}" for database, figure in found.items())
        return f"{match['start']}{said} ({today}) |"

    return ROW.sub(cell, page)


def main(arguments: list[str]) -> int:
    """Run, fill in the page, and return the exit status."""
    os.environ["SOAK"] = "1"
    page = PAGE.read_text()
    if not any("::" in each or each.endswith(".py") for each in arguments):
        arguments = [*arguments, *named_tests(page)]
    with TemporaryDirectory() as folder:
        outcomes = run.run_all(
            run.find_postgresql(), arguments, Path(folder), measured=False
        )
        figures = {
            report.stem: figures_of(report) for report in Path(folder).glob("*.xml")
        }
    today = datetime.now(UTC).date().isoformat()
    PAGE.write_text(filled_in(page, dict(sorted(figures.items())), today))
    print("; ".join(map(str, outcomes)))
    return int(any(outcome.status for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
