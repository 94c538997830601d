"""Measure fail-overs: `python -m benchmarks.failover --help`.

Needs PostgreSQL's programs (Debian: postgresql). Two servers of its own run, one
following the other. In every round the primary is killed (-9) in the middle of writing
and the standby promoted after a while, as whoever watches over them would; then a new
standby is made. The service runs through all of it.
"""

import argparse
import signal
import time
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import service
from users_service.tests.pair import Pair, running_pair

if TYPE_CHECKING:
    from users_service.tests.acknowledged import Writers

OK = 200


class Round(NamedTuple):
    """What the writers of one round were told; times are in seconds."""

    statuses: Counter[int]
    lost: int
    stored: int
    """Writes that were answered with an error, and are there all the same."""
    promotion: float
    """From the order to promote until the standby takes writes."""
    refusing: float
    """From when the first write that got a 503 was sent until the last was answered."""
    lag: float
    """From the end of the promotion to the last 503."""
    silence: float
    """The longest without a write that was acknowledged."""
    slowest: float
    """The longest that a write took, acknowledged or not."""


def main() -> None:
    """Play the rounds and print each, then the summary."""
    options = read_options()
    rounds = []
    with running_pair((service.free_port(), service.free_port())) as pair:
        service.prepare(pair.variables)
        headers = {"Authorization": f"Bearer {service.mint()}"}
        with service.serving() as port:
            for number in range(options.rounds):
                if number:
                    pair.standby.follow(pair.primary)
                rounds.append(play(pair, port, headers, options))
                print_round(number + 1, rounds[-1])
    print_summary(rounds)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.failover", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30, help="of each round")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument(
        "--pause", type=float, default=5, help="seconds from the kill to the promotion"
    )
    return parser.parse_args()


def play(
    pair: Pair, port: int, headers: dict[str, str], options: argparse.Namespace
) -> Round:
    """Write all the time; kill the primary after a third of it, and go on."""
    from users_service.tests.acknowledged import Writers  # noqa: PLC0415

    url = f"http://127.0.0.1:{port}"
    writers = Writers(url, headers, options.writers)
    end = time.monotonic() + options.seconds
    with writers.at_work():
        time.sleep(options.seconds / 3)
        pair.primary.end(signal.SIGKILL)
        time.sleep(options.pause)
        ordered = time.monotonic()
        pair.switch()
        promoted = time.monotonic()
        time.sleep(max(0, end - time.monotonic()))
    return judge(pair, writers, ordered, promoted)


def judge(pair: Pair, writers: "Writers", ordered: float, promoted: float) -> Round:
    """Compare what was answered with what the new primary has."""
    from users_service.tests.acknowledged import missing  # noqa: PLC0415

    acknowledged, refused = writers.acknowledged(), writers.refused()
    last = max((each.answered for each in refused), default=promoted)
    first = min((each.sent for each in refused), default=last)
    moments = sorted(each.answered for each in acknowledged)
    return Round(
        statuses=writers.statuses,
        lost=len(missing(pair.primary, acknowledged)),
        stored=len(refused) - len(missing(pair.primary, refused)),
        promotion=promoted - ordered,
        refusing=last - first,
        lag=max(0, last - promoted),
        silence=max(after - before for before, after in pairwise(moments)),
        slowest=max(each.answered - each.sent for each in writers.answers),
    )


def print_round(number: int, played: Round) -> None:
    """Print a line."""
    print(
        f"{number}: {played.statuses[OK]} writes acknowledged, {played.lost} lost; "
        f"promoted in {played.promotion:.1f} s; errors for {played.refusing:.1f} s, "
        f"until {played.lag:.1f} s after it; {played.silence:.1f} s without an "
        f"acknowledged write; {told(played.statuses)}",
        flush=True,
    )


def told(statuses: Counter[int]) -> str:
    """Return how often each status was answered; 0 is no answer."""
    return ", ".join(f"{status}: {statuses[status]}" for status in sorted(statuses))


def print_summary(rounds: list[Round]) -> None:
    """Print what all rounds came to."""
    statuses = sum((each.statuses for each in rounds), Counter[int]())
    print(
        f"\n{len(rounds)} rounds: {statuses[OK]} writes acknowledged, "
        f"{sum(each.lost for each in rounds)} lost, {told(statuses)}; "
        f"{sum(each.stored for each in rounds)} answered with an error and stored"
    )
    for name, values in (
        ("seconds of the promotion", [each.promotion for each in rounds]),
        ("seconds of errors", [each.refusing for each in rounds]),
        ("seconds from promotion to the last error", [each.lag for each in rounds]),
        ("seconds without an acknowledged write", [each.silence for each in rounds]),
        ("seconds that the slowest write took", [each.slowest for each in rounds]),
    ):
        print(f"{name}: median {median(values):.1f}, at most {max(values):.1f}")


if __name__ == "__main__":
    main()
