import pytest
from cosmic_ray import work_item
from cosmic_ray.plugins import operator_names
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkItem, WorkResult

from users_service.tests import mutants
from users_service.tests.mutated import AREAS
from users_service.tests.run import PROJECT

CODE = """\
@operations.GET
@lru_cache(maxsize=8)
def f(a: int | str, *, b: int) -> int | None:
    return a if a > 1 else 0
"""
"""What mutants are made of here."""


@pytest.mark.parametrize("area", AREAS)
def test_modules_and_their_tests_are_there(area: str) -> None:
    named = {path for module, tests in AREAS[area].items() for path in (module, *tests)}

    assert [path for path in named if not (PROJECT / path).is_file()] == []


@pytest.mark.parametrize(
    ("old", "new", "is_one"),
    [
        ("a > 1", "a >= 1", True),
        ("else 0", "else 1", True),
        ("int | str", "int & str", False),
        ("int | None", "int & None", False),
        ("*,", "**,", False),
        ("a > 1", "(a > 1)", False),
        ("maxsize=8", "maxsize=9", False),
        ("@lru_cache(maxsize=8)\n", "", True),
        ("@operations.GET\n", "", False),
    ],
)
def test_a_mutant_is_python_that_does_something_else(
    old: str, new: str, is_one: bool
) -> None:
    assert mutants.makes_a_difference(CODE, CODE.replace(old, new)) is is_one


def test_the_kinds_that_are_tried_are_cosmic_rays() -> None:
    tried = [name for name in operator_names() if mutants.OPERATORS.fullmatch(name)]

    assert len(tried) == 36
    assert {"core/AddNot", "core/ReplaceBinaryOperator_BitOr_BitAnd"} <= set(tried)


def test_what_was_not_killed_has_survived() -> None:
    results = [
        WorkResult(
            WorkerOutcome.NORMAL, "1 failed", work_item.TestOutcome.KILLED, "-a\n+b"
        ),
        WorkResult(
            WorkerOutcome.NORMAL, "timeout", work_item.TestOutcome.KILLED, "-c\n+d"
        ),
        WorkResult(
            WorkerOutcome.NORMAL, "9 passed", work_item.TestOutcome.SURVIVED, "-e\n+f"
        ),
        WorkResult(WorkerOutcome.EXCEPTION, "Trace", work_item.TestOutcome.INCOMPETENT),
        WorkResult(WorkerOutcome.SKIPPED),
    ]
    change = MutationSpec("a.py", "core/AddNot", 0, (1, 0), (1, 2))
    item = WorkItem.single("1", change)

    told = mutants.told("a.py", 60.0, [(item, result) for result in results])

    assert (told.killed, told.timeouts) == (2, 1)
    assert told.survivors == ["-e\n+f", "Trace"]
    assert mutants.percent([told]) == 50
    assert mutants.summary("a.py", [told]).split() == [
        *("a.py", "4", "2", "1", "2", "50.0", "%", "1.0", "min")
    ]


def test_an_area_without_mutants_is_no_success() -> None:
    assert mutants.percent([]) == 0
