"""That what compares the store with the answers finds what it is there for."""

from typing import Any, cast

import pytest

from clinicians.tests.commanded import Store
from users_service.tests.faults_callers import (
    CUT,
    STORED,
    WHOLE,
    Call,
    Findings,
    findings,
)

CREATED: tuple[Any, ...] = ("a", *WHOLE["create"])
MOVED = [(name, *WHOLE["bulk"]) for name in ("b", "c")]


class Fake:
    """A store of what it is given."""

    def __init__(self, stored: list[Any], stray: list[str]) -> None:
        self._stored = stored
        self._stray = [(name,) for name in stray]

    def rows(self, sql: str) -> list[Any]:
        return self._stored if sql == STORED else self._stray


def found(
    stored: list[Any], *, stray: tuple[str, ...] = (), outcome: int = 200
) -> Findings:
    calls = [
        Call("create", ("a",), outcome, 0, 1),
        Call("bulk", ("b", "c"), outcome, 0, 1),
        Call("list", (), outcome, 0, 1),
    ]
    return findings(cast("Store", Fake(stored, list(stray))), calls)


def test_what_is_whole_is_no_fault() -> None:
    assert found([CREATED, *MOVED]) == Findings(3, 0, [])
    assert found([], outcome=CUT) == Findings(0, 0, [])
    assert found([CREATED], outcome=CUT) == Findings(1, 1, [])


@pytest.mark.parametrize("part", range(1, len(CREATED)))
def test_a_part_too_few_or_too_many_is_a_fault(part: int) -> None:
    for change in (-1, 1):
        half = [*CREATED]
        half[part] += change
        assert len(found([half, *MOVED], outcome=CUT).faults) == 1


def test_a_part_of_a_bulk_is_a_fault() -> None:
    assert found([CREATED, MOVED[0]], outcome=CUT).faults == ["1 of the bulk b"]


def test_what_was_acknowledged_and_is_missing_is_a_fault() -> None:
    assert found(MOVED).faults == ["acknowledged and lost: create a"]
    assert found([CREATED]).faults == ["acknowledged and lost: bulk b"]


def test_somebody_whom_nobody_made_is_a_fault() -> None:
    whole = [CREATED, *MOVED]
    assert len(found([*whole, ("d", *WHOLE["create"])]).faults) == 1
    assert found(whole, stray=("d",)).faults == ["of d, who is not there"]
