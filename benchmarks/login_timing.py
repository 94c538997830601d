"""Measure whether a failed login tells its cause by its time or its bytes.

`python -m benchmarks.login_timing --tries 300`, or --help. The causes take turns in an
order that is new in each round, so that a slow minute of the machine hits them alike.
"""

import argparse
import base64
import http.client
import random
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import service
from benchmarks.databases import scratch_database

PASSWORD = "an invented password"
LONG_AGO = "2001-01-01"
FAR_AWAY = "2999-01-01T00:00:00Z"
UNKNOWN = "nobody"
ACCOUNTS = {
    "wrong password, Argon2id": "modern",
    "wrong password, legacy": "legacy",
    "locked": "locked",
    "disabled": "disabled",
    "expired": "expired",
    "no password": "none",
}
CAUSES = {"unknown user": UNKNOWN, **ACCOUNTS}
WARM_UP_ROUNDS = 5


def main() -> None:
    """Try each cause so often, print the table, fail when the answers differ."""
    options = read_options()
    with (
        TemporaryDirectory() as folder,
        scratch_database(Path(folder)) as (database, variables),
    ):
        service.prepare(variables)
        store_accounts(legacy=not options.no_legacy)
        with service.serving() as port:
            taken = measure(port, options)
    print(f"{database}, {options.tries} tries each, milliseconds\n")
    print_table(taken)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=300)
    parser.add_argument(
        "--no-legacy", action="store_true", help="with no legacy hash in the store"
    )
    return parser.parse_args()


def store_accounts(*, legacy: bool) -> None:
    """Store an account for each cause, whose id and badge is what it is called."""
    from django.contrib.auth.hashers import make_password  # noqa: PLC0415

    from clinicians.hashers import PolarisScryptPasswordHasher  # noqa: PLC0415
    from clinicians.models import Clinician, LoginGuard  # noqa: PLC0415

    hasher = PolarisScryptPasswordHasher()
    passwords = dict.fromkeys(ACCOUNTS.values(), make_password(PASSWORD))
    passwords["none"] = None  # type: ignore[assignment]
    if legacy:
        passwords["legacy"] = hasher.encode(PASSWORD, hasher.salt())
    for name, password in passwords.items():
        Clinician.objects.create(
            uuid=name,
            send_entry_identifier=name,
            password=password,
            login_active=name != "disabled",
            contract_expiry_eod_date=LONG_AGO if name == "expired" else None,
        )
        locked = FAR_AWAY if name == "locked" else None
        LoginGuard.objects.create(clinician_id=name, locked_until=locked)


def measure(port: int, options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the milliseconds of each try, by cause."""
    client = Client(port)
    left_out = "wrong password, legacy" if options.no_legacy else None
    causes = [cause for cause in CAUSES if cause != left_out]
    taken: dict[str, list[float]] = {cause: [] for cause in causes}
    answers = set()
    for number in range(-WARM_UP_ROUNDS, options.tries):
        for cause in random.sample(causes, len(causes)):
            put_back()
            milliseconds, answer = client.log_in(CAUSES[cause], "a wrong password")
            answers.add(answer)
            if number >= 0:
                taken[cause].append(milliseconds)
    if len(answers) != 1:
        raise SystemExit(f"The answers differ: {answers}")
    return taken


def put_back() -> None:
    """Undo what a failure leaves: a count of failures, and an account made inactive."""
    from clinicians.models import Clinician, LoginGuard  # noqa: PLC0415

    LoginGuard.objects.exclude(pk="locked").filter(failures__gt=0).update(failures=0)
    Clinician.objects.filter(pk="expired").update(login_active=True)


class Client:
    """One connection to the service, as a back end keeps it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = service.mint()

    def log_in(self, username: str, password: str) -> tuple[float, tuple[object, ...]]:
        """Return how many milliseconds the login took, and status, headers, body."""
        credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
        headers = {
            "Authorization": f"Bearer {self.token}",
            "UserAuthorization": f"Bearer {credentials}",
            "X-Request-ID": "benchmark",
        }
        before = time.perf_counter()
        self.connection.request("GET", "/dhos/v1/clinician/login", headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        milliseconds = (time.perf_counter() - before) * 1000
        shown = [pair for pair in answer.getheaders() if pair[0] != "Date"]
        return milliseconds, (answer.status, tuple(shown), body)


def print_table(taken: dict[str, list[float]]) -> None:
    """Print the medians, and by how much each is above the smallest."""
    medians = {cause: median(times) for cause, times in taken.items()}
    smallest = min(medians.values())
    print(f"{'cause':26}{'median':>9}{'over the smallest':>19}")
    for cause, found in medians.items():
        print(f"{cause:26}{found:9.2f}{found / smallest - 1:18.1%}")
    print(f"\nspread {max(medians.values()) / smallest - 1:.1%}; the bytes are equal")


if __name__ == "__main__":
    main()
