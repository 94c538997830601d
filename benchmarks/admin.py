"""Measure the admin's pages: `python -m benchmarks.admin`, or --help.

The time of a page is from the request to the whole answer, in this process with
production's settings: the service's work and the database's, without a network. The
pages take turns, round after round, so that a slow minute of the machine hits them all.
"""

import argparse
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import imports, service
from benchmarks.databases import Variables, scratch_database

LIST = "/admin/clinicians/clinician/"
SORTED = ("name", "email_address", "send_entry_identifier")
LOGINS = 10_000
"""So many logins has the first clinician; so many clinicians have one each.

Of these a tenth is locked and has a contract that ends today, and for another tenth it
has ended.
"""

Pages = Mapping[str, tuple[str, Mapping[str, str]]]
"""What a page is called, to its path and query."""


class Measured:
    """The requests for one page."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.statements: set[int] = set()

    def line(self, name: str) -> str:
        """Return the page's line of the table."""
        least, most = min(self.statements), max(self.statements)
        counted = str(most) if least == most else f"{least} to {most}"
        p95 = quantiles(self.milliseconds, n=20)[-1]
        return f"{name:38}{counted:>12}{median(self.milliseconds):10.0f}{p95:10.0f}"


def main() -> None:
    """Prepare a database, ask for the pages, print the table."""
    options = read_options()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        if options.database:
            name, database = options.database, named(options.database)
            service.prepare(database)
        else:
            scratch = scratch_database(Path(folder))
            name, database = stack.enter_context(scratch)
            fill(database, Path(folder), options.clinicians)
        with signed_in() as client:
            found = measure(client, pages(), options.rounds)
        close_connections()
    print(f"{name}, {options.rounds} requests each, milliseconds\n")
    print(f"{'page':38}{'statements':>12}{'median':>10}{'p95':>10}")
    for page, measured in found.items():
        print(measured.line(page))


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.admin", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=20, help="requests for each page")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--database", help="measure this one as it is, after migrating")
    which.add_argument("--clinicians", type=int, default=1_000_000)
    return parser.parse_args()


def named(database: str) -> Variables:
    """Return the variables that lead to a database of PostgreSQL."""
    given = {k: v for k, v in os.environ.items() if k.startswith("DATABASE_")}
    server = {"DATABASE_HOST": "127.0.0.1", "DATABASE_USER": "postgres"}
    return {**server, **given, "DATABASE_NAME": database}


def fill(database: Variables, folder: Path, number: int) -> None:
    """Import so many clinicians and give some of them what the filters look for."""
    file = imports.written(folder, number, full=True)
    service.prepare(database)
    imports.import_file(file, database)
    mark()
    service.analyse()


def mark() -> None:
    """Lock some, end some contracts, and let some log in."""
    from django.utils import timezone  # noqa: PLC0415

    from clinicians.models import Clinician, LoginGuard  # noqa: PLC0415
    from users_service.journal.models import AuditEntry  # noqa: PLC0415

    now = timezone.now()
    ids = list(Clinician.objects.order_by("pk").values_list("pk", flat=True)[:LOGINS])
    tenth = len(ids) // 10
    ending, ended = ids[:tenth], ids[tenth : 2 * tenth]
    locked_until = now + timedelta(days=1)
    LoginGuard.objects.bulk_create(
        LoginGuard(clinician_id=pk, failures=10, locked_until=locked_until)
        for pk in ending
    )
    for some, end in ((ending, now), (ended, now - timedelta(days=9))):
        of_them = Clinician.objects.filter(pk__in=some)
        of_them.update(contract_expiry_eod_date=end.date())
    AuditEntry.objects.bulk_create(
        AuditEntry(
            created=now - timedelta(minutes=minutes),
            actor=pk,
            actor_kind="clinician",
            action="login.succeeded",
            clinician_id=pk,
        )
        for minutes, pk in enumerate([*ids, *ids[:1] * LOGINS])
    )


@contextmanager
def signed_in() -> Iterator[Any]:
    """Give a browser that a superuser is signed in with, who is gone afterwards."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    user = User.objects.create_superuser(f"benchmark-{secrets.token_hex(4)}")
    client = Client()
    client.force_login(user)
    try:
        yield client
    finally:
        client.logout()
        user.delete()


def pages() -> Pages:
    """Return the pages, with terms and values that there are."""
    return {
        "overview": ("/admin/", {}),
        "list": (LIST, {}),
        "list, 20th page": (LIST, {"p": "20"}),
        "a clinician": (f"{LIST}{somebody().pk}/change/", {}),
        **{f"search: {what}": (LIST, {"q": term}) for what, term in terms().items()},
        **{
            f"filter: {name}={value}": (LIST, {name: value}) for name, value in chosen()
        },
        **{f"sort: {column}": (LIST, {"o": column}) for column in sorts()},
    }


def somebody() -> Any:
    """Return the clinician with the first id."""
    from clinicians.models import Clinician  # noqa: PLC0415

    return Clinician.objects.order_by("pk")[0]


def terms() -> Mapping[str, str]:
    """Return what is searched for."""
    from django.db.models import Count  # noqa: PLC0415

    from clinicians.models import Clinician  # noqa: PLC0415

    person = somebody()
    names = Clinician.objects.values_list("last_name_key").annotate(number=Count("pk"))
    common, _ = names.order_by("-number", "last_name_key")[0]
    return {
        "e-mail address": person.email_address,
        "beginning of an e-mail address": person.email_address[:10],
        "badge number": person.send_entry_identifier,
        "smartcard number": person.nhs_smartcard_number,
        "two words": f"{person.first_name} {person.last_name}",
        "the commonest last name": common,
        "its three first letters": common[:3],
        "its two first letters": common[:2],
        "nobody": "qqqzzz",
    }


def chosen() -> list[tuple[str, str]]:
    """Return each filter with values that it offers."""
    from clinicians.models import ClinicianLocation  # noqa: PLC0415

    location = ClinicianLocation.objects.order_by("location_id")[0].location_id
    values = {
        "active": ("yes", "no"),
        "locked": ("yes", "no"),
        "contract": ("temporary", "permanent", "7", "30", "ended"),
        "role": ("GDM Clinician", "SEND Superclinician", "System"),
        "unrecognised": ("yes",),
        "product": ("GDM", "SEND", "none of this name"),
        "location": (location, "none of this id"),
    }
    return [(name, value) for name, each in values.items() for value in each]


def sorts() -> list[str]:
    """Return the columns to sort by, as the list's addresses number them."""
    from django.contrib import admin  # noqa: PLC0415

    from clinicians.models import Clinician  # noqa: PLC0415

    shown = list(admin.site.get_model_admin(Clinician).list_display)
    numbers = [shown.index(name) + 1 for name in SORTED]
    return [f"{sign}{number}" for number in numbers for sign in ("", "-")]


def measure(client: Any, asked: Pages, rounds: int) -> dict[str, Measured]:
    """Ask for each page so often; fail unless it is answered."""
    found = {name: Measured() for name in asked}
    for number in range(-1, rounds):  # the first round warms up
        for name, (path, query) in asked.items():
            milliseconds, statements = timed(client, path, query)
            if number >= 0:
                found[name].milliseconds.append(milliseconds)
                found[name].statements.add(statements)
    return found


def timed(client: Any, path: str, query: Mapping[str, str]) -> tuple[float, int]:
    """Return how many milliseconds a page takes, and how many statements."""
    from django.db import connection  # noqa: PLC0415

    statements = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        before = time.perf_counter()
        answer = client.get(path, query, secure=True)
        milliseconds = (time.perf_counter() - before) * 1000
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{path} {dict(query)} answers {answer.status_code}")
    return milliseconds, len(statements)


def close_connections() -> None:
    """Let go of the database, so that a scratch one can be dropped."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()


if __name__ == "__main__":
    main()
