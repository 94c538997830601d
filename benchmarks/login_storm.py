"""Measure how long others wait while logins take all the cores they get.

`python -m benchmarks.login_storm`, or --help. Logins come as fast as they are answered
over some connections (after a 503, as late as Retry-After says); beside them clinicians
are read by id, at a steady rate whatever the others take, each over a new connection,
so that it meets any worker.
"""

import argparse
import base64
import http.client
import multiprocessing
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks import service
from benchmarks.databases import scratch_database

PASSWORD = "an invented password"
ACCOUNTS = 200
READS_PER_SECOND = 50
SETTLING_SECONDS = 2


def main() -> None:
    """Read without and with the storm, and print both lines."""
    options = read_options()
    if options.threads:
        os.environ["THREADS"] = str(options.threads)
    if options.hashes:
        os.environ["HASHES_AT_ONCE"] = str(options.hashes)
    with (
        TemporaryDirectory() as folder,
        scratch_database(Path(folder)) as (database, variables),
    ):
        service.prepare(variables)
        store_accounts()
        token = service.mint()
        with service.serving() as port:
            read(port, token, SETTLING_SECONDS)  # warms up every worker
            calm = read(port, token, options.seconds)
            logins, reads = read_in_storm(port, token, options)
    print(f"{database}, load of the machine {os.getloadavg()[0]:.1f}")
    print(describe("calm", calm))
    print(describe("storm", reads))
    rate = logins[http.HTTPStatus.OK] / (options.seconds + SETTLING_SECONDS)
    print(f"{options.logins} connections: {rate:.0f} logins/s, {dict(logins)}")


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logins", type=int, default=32, help="connections of logins")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--threads", type=int, help="THREADS of each worker")
    parser.add_argument("--hashes", type=int, help="HASHES_AT_ONCE of each worker")
    return parser.parse_args()


def store_accounts() -> None:
    """Store accounts of one password, whose id and badge is their number."""
    from django.contrib.auth.hashers import make_password  # noqa: PLC0415

    from clinicians.models import Clinician  # noqa: PLC0415

    secret = make_password(PASSWORD)
    for number in range(ACCOUNTS):
        Clinician.objects.create(
            uuid=str(number), send_entry_identifier=str(number), password=secret
        )


def read_in_storm(
    port: int, token: str, options: argparse.Namespace
) -> tuple[Counter[int], list[float]]:
    """Return how often logins were answered how, and how long reads took."""
    # A process of its own, whose threads do not delay the clock of the reads.
    context = multiprocessing.get_context("spawn")
    seconds = options.seconds + SETTLING_SECONDS
    with context.Pool(1) as pool:
        pool.apply(int)  # is started
        storm = pool.apply_async(log_in_for, (port, token, options.logins, seconds))
        time.sleep(SETTLING_SECONDS)
        reads = read(port, token, options.seconds)
        return storm.get(), reads


def log_in_for(port: int, token: str, connections: int, seconds: float) -> Counter[int]:
    """Log in over so many connections for so long; return the statuses."""
    end = time.perf_counter() + seconds

    def drive(first: int) -> Counter[int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        statuses: Counter[int] = Counter()
        number = first
        while time.perf_counter() < end:
            number = (number + connections) % ACCOUNTS
            headers = login_headers(token, str(number))
            connection.request("GET", "/dhos/v1/clinician/login", headers=headers)
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
            time.sleep(int(answer.headers.get("Retry-After", "0")))
        return statuses

    with ThreadPoolExecutor(connections) as pool:
        return sum(pool.map(drive, range(connections)), Counter())


def login_headers(token: str, username: str) -> dict[str, str]:
    """Return the headers of a right login."""
    credentials = base64.b64encode(f"{username}:{PASSWORD}".encode()).decode()
    return {
        "Authorization": f"Bearer {token}",
        "UserAuthorization": f"Bearer {credentials}",
    }


def read(port: int, token: str, seconds: float) -> list[float]:
    """Read at a steady rate for so long; return the milliseconds of each."""
    headers = {"Authorization": f"Bearer {token}"}
    started = time.perf_counter()

    def read_one(number: int) -> float:
        before = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        path = f"/dhos/v1/clinician/{number % ACCOUNTS}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"A read is answered {answer.status}")
        return (time.perf_counter() - before) * 1000

    taken = []
    with ThreadPoolExecutor(READS_PER_SECOND) as pool:
        for number in range(int(seconds * READS_PER_SECOND)):
            due = started + number / READS_PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            taken.append(pool.submit(read_one, number))
    return [each.result() for each in taken]


def describe(name: str, taken: list[float]) -> str:
    """Return a line about reads."""
    percentiles = quantiles(taken, n=100)
    return (
        f"{name:6}{len(taken)} reads, milliseconds: p50 {percentiles[49]:.1f}, "
        f"p99 {percentiles[98]:.1f}, longest {max(taken):.1f}"
    )


if __name__ == "__main__":
    main()
