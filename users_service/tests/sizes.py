"""How much of a long test is done: little with every change, all in a soak."""

import os
from typing import TypeVar

T = TypeVar("T")

SOAK = os.environ.get("SOAK") == "1"


def sized(quick: T, soak: T) -> T:
    """Return how many rounds, seconds or cases: `quick` by default, else `soak`.

    What a test found is recorded beside it, for docs/assurance.md:
    `record_property("figure", "50 kills, 0 halves")`.
    """
    return soak if SOAK else quick
