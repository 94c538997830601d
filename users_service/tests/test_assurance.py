import re
from pathlib import Path

import pytest

from users_service.tests import soak
from users_service.tests.test_asvs import is_defined

PROJECT = Path(__file__).resolve().parents[2]
PAGE = soak.PAGE.read_text()
ROWS = re.findall(r"^\| (?!Promise|---).*\|$", PAGE, re.MULTILINE)
REPORT = """\
<testsuites><testsuite name="pytest" tests="5">
<testcase classname="roles.tests.test_it" name="test_kills[create]"><properties>
<property name="figure" value="50 kills, 0 halves" /></properties></testcase>
<testcase classname="roles.tests.test_it" name="test_kills[bulk]"><properties>
<property name="figure" value="50 kills, 0 halves" /></properties></testcase>
<testcase classname="roles.tests.test_it" name="test_routes[a]" />
<testcase classname="roles.tests.test_it" name="test_routes[b]" />
<testcase classname="roles.tests.test_it" name="test_red[a]"><failure /></testcase>
<testcase classname="roles.tests.test_it" name="test_red[b]" />
<testcase classname="roles.tests.test_it" name="test_left_out"><skipped /></testcase>
</testsuite></testsuites>
"""
TWO = """\
| A | `make soak ARGS=roles/tests/test_it.py::test_kills` | before |
| B | `make soak ARGS=roles/tests/test_it.py::test_other` | before |
| C | `make mutants` | by hand |
"""


def test_a_row_names_a_test_that_is_there() -> None:
    tests = soak.named_tests(PAGE)

    for test in tests:
        path, _, name = test.partition("::")
        source = (PROJECT / path).read_text()
        assert is_defined(name, source) if name else "def test_" in source, test


def test_every_row_has_a_command_and_a_figure() -> None:
    for row in ROWS:
        promise, command, figure = row.strip("| ").split(" | ")
        assert promise
        assert re.fullmatch(r"(`(make|python) [^`]+`(, )?)+", command), row
        assert re.search(r"\d{4}-\d{2}-\d{2}", figure), row


def test_of_many_figures_their_number_is_told() -> None:
    assert soak.summed_up(["1 answer", "2 answers"]) == "1 answer; 2 answers"
    assert soak.summed_up([f"{n} answers" for n in range(9)]) == "9 cases passed"


def test_a_test_comes_to_what_it_recorded_or_to_its_cases(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    assert soak.figures_of(report) == {
        "roles/tests/test_it.py": "**1 of 6 failed**",
        "roles/tests/test_it.py::test_kills": "50 kills, 0 halves",
        "roles/tests/test_it.py::test_routes": "2 cases passed",
        "roles/tests/test_it.py::test_red": "**1 of 2 failed**",
    }


@pytest.mark.parametrize(
    ("figures", "cell"),
    [
        ({"SQLite": "a", "PostgreSQL 15": "a"}, "SQLite and PostgreSQL 15: a"),
        ({"SQLite": "a", "PostgreSQL 15": "b"}, "SQLite: a; PostgreSQL 15: b"),
        ({"PostgreSQL 15": "a"}, "PostgreSQL 15: a"),
    ],
)
def test_a_figure_goes_into_the_row_of_its_test(
    figures: dict[str, str], cell: str
) -> None:
    test = "roles/tests/test_it.py::test_kills"
    found = {database: {test: each} for database, each in figures.items()}

    filled = soak.filled_in(TWO, found, "2026-01-02").splitlines()

    before = TWO.splitlines()
    assert filled[0] == before[0].replace("before", f"{cell} (2026-01-02)")
    assert filled[1:] == before[1:]
