"""Drawings of numbers: what an SVG element needs to know of each bar."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from users_service.overview.counts import Day

WIDTH, HEIGHT = 360, 120
"""Of the area of the bars, in units of the drawing."""

LABEL_EVERY = 7
"""Days from one date on the axis to the next."""


class Bar(NamedTuple):
    """One day: failures stand on top of the logins that succeeded."""

    x: float
    width: float
    succeeded_y: float
    succeeded_height: float
    failed_y: float
    failed_height: float


class LoginChart(NamedTuple):
    """The days as bars, the top of the scale, and dates on the axis."""

    bars: list[Bar]
    top: int
    dates: list[tuple[float, date]]


def login_chart(days: Sequence[Day]) -> LoginChart | None:
    """Return the drawing of the days; None if nobody tried to log in."""
    top = max(day.succeeded + day.failed for day in days)
    if not top:
        return None
    step = WIDTH / len(days)
    bars = [_bar(day, number * step, step, top) for number, day in enumerate(days)]
    # Counted back from today, which so has its date.
    dated = range((len(days) - 1) % LABEL_EVERY, len(days), LABEL_EVERY)
    dates = [(round((at + 0.5) * step, 1), days[at].day) for at in dated]
    return LoginChart(bars, top, dates)


def _bar(day: Day, x: float, step: float, top: int) -> Bar:
    succeeded = round(HEIGHT * day.succeeded / top, 1)
    failed = round(HEIGHT * day.failed / top, 1)
    return Bar(
        x=round(x + step * 0.1, 1),
        width=round(step * 0.8, 1),
        succeeded_y=round(HEIGHT - succeeded, 1),
        succeeded_height=succeeded,
        failed_y=round(HEIGHT - succeeded - failed, 1),
        failed_height=failed,
    )


def share(number: int, largest: int) -> float:
    """Return the length of a bar, in percent of the longest."""
    return round(100 * number / largest, 1)
