"""Moving over from Polaris: how the source is found, read, and left as it is."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinicians.models import Clinician, Product
from clinicians.testing import nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import SCHEMA_VERSION, LegacyDatabase, Told, run
from clinicians.transfer.polaris.source import PolarisSource, opened_source
from users_service.tests.live import PROJECT
from users_service.tests.processes import as_in_tests

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

VARIABLE = "POLARIS_DATABASE_URL"
PASSWORD = "be@eble:brox/42"
NO_TABLE = (
    "The source has no table {} to read: it is no database of the Polaris Users API, "
    "or this user may not read it."
)


def refused(*arguments: str) -> Told:
    """Run the command, which has to fail and to write nothing."""
    with nothing_written():
        told = run(*arguments)
    assert told.error
    return told


@pytest.mark.parametrize("version", ["e66d175c24d4", "E66D175C24D5", "7f5c3e2b1a90"])
def test_another_version_of_the_schema_is_refused(
    polaris: LegacyDatabase, version: str
) -> None:
    polaris.add_user("ada")
    polaris.execute("UPDATE alembic_version SET version_num = %s", [version])

    assert refused(polaris.url).error == (
        f"The source's schema is version {version}, and {SCHEMA_VERSION} is needed: "
        "bring the Polaris Users API up to date first."
    )


def test_a_schema_without_a_version_is_refused(polaris: LegacyDatabase) -> None:
    polaris.execute("DELETE FROM alembic_version")

    assert "schema is version none" in refused(polaris.url).error


@pytest.mark.parametrize("arguments", [[], ["--verify"], ["--dry-run"]])
@pytest.mark.parametrize("table", legacy_database.TABLES)
def test_a_database_that_lacks_a_table_is_refused(
    polaris: LegacyDatabase, table: str, arguments: list[str]
) -> None:
    polaris.add_user("ada")
    with polaris.without(table):
        told = refused(polaris.url, *arguments)

    assert told == ("", "", NO_TABLE.format(table))


def test_an_older_database_is_told_its_version_rather_than_what_it_lacks(
    polaris: LegacyDatabase,
) -> None:
    polaris.execute("UPDATE alembic_version SET version_num = 'older'")
    with polaris.without("terms_agreement"):
        assert "schema is version older" in refused(polaris.url).error


@pytest.mark.parametrize("table", legacy_database.TABLES)
def test_a_user_who_may_not_read_a_table_is_refused(
    polaris: LegacyDatabase, table: str
) -> None:
    others = [each for each in legacy_database.TABLES if each != table]
    with polaris.reader(PASSWORD, *others) as (name, password):
        told = refused(polaris.url_of(name, password))

    assert told == ("", "", NO_TABLE.format(table))


def test_select_is_all_that_is_needed(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")
    polaris.add_product("p1", "ada")
    with polaris.reader(PASSWORD, *legacy_database.TABLES) as (name, password):
        url = polaris.url_of(name, password)
        for arguments in (["--dry-run"], [], ["--verify"], ["--since", "2019-01-01"]):
            assert not run(url, *arguments).error

    assert Clinician.objects.get().products.count() == 1


MALFORMED = {
    "a password not escaped": f"postgresql://zaphod:{PASSWORD}@host/heartofgold",
    "a percent not escaped": "postgresql://zaphod:be%eblebrox@host/heartofgold",
    "a bad escape": "postgresql://zaphod:brox%zz@host/heartofgold",
    "an unknown parameter": "postgresql://zaphod:beeblebrox@host/x?gold=1",
    "another database's URL": "mysql://zaphod:beeblebrox@host/heartofgold",
    "no URL": "zaphod beeblebrox",
    "a NUL": "postgresql://zaphod:bee\0brox@host/heartofgold",
}
PARTS = (PASSWORD, "zaphod", "eeble", "be@", "eble:", "brox", "heartofgold", "gold")
ERRORS = ("OperationalError", "ProgrammingError", "UnicodeDecodeError")
SHUT_OUT = {
    f"The source does not let us in ({error}). Its URL is "
    "postgresql://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD."
    for error in ERRORS
}


def check_nothing_is_told(url: str, log: pytest.LogCaptureFixture) -> None:
    told = refused(url)

    assert told.error in SHUT_OUT
    everything = f"{told.everything}{log.text}"
    assert not [part for part in (*PARTS, url) if part in everything]


@pytest.mark.parametrize("url", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_url_is_not_repeated(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    check_nothing_is_told(url, caplog)


@pytest.mark.parametrize(
    ("user", "port"),
    [("zaphod", ""), (None, ""), ("zaphod", "1")],
    ids=["unknown user", "unknown database or wrong password", "wrong port"],
)
def test_a_url_that_leads_nowhere_is_not_repeated(
    polaris: LegacyDatabase,
    user: str | None,
    port: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = polaris.url_of(user or polaris.user, PASSWORD, name="heartofgold", port=port)
    check_nothing_is_told(url, caplog)


@pytest.mark.parametrize("wrong", ["a password not escaped", "a percent not escaped"])
def test_nor_does_the_process_repeat_any_of_it(wrong: str, tmp_path: Path) -> None:
    unused = {"SQLITE_PATH": str(tmp_path / "unused")}
    done = subprocess.run(
        [sys.executable, "manage.py", "import_polaris"],
        env=as_in_tests(**unused, **{VARIABLE: MALFORMED[wrong]}),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().removeprefix("CommandError: ") in SHUT_OUT


def test_the_url_may_come_from_the_environment(
    polaris: LegacyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    polaris.add_user("ada")
    monkeypatch.setenv(VARIABLE, polaris.url)
    assert not run().error
    monkeypatch.setenv(VARIABLE, "nonsense")
    assert not run(polaris.url, "--verify").error

    assert Clinician.objects.count() == 1


@pytest.mark.parametrize("url", ["", None])
def test_without_a_url_it_asks_for_one(
    url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if url is not None:
        monkeypatch.setenv(VARIABLE, url)

    assert refused().error == "Name the source: URL, or POLARIS_DATABASE_URL."


def test_the_password_may_come_from_the_environment(
    polaris: LegacyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    polaris.add_user("ada")
    with polaris.reader(PASSWORD, *legacy_database.TABLES) as (name, password):
        monkeypatch.setenv("PGPASSWORD", password)
        url = polaris.url_of(name)
        told = run(url)
        with opened_source(url) as source:
            assert source._connection.info.password == password

    assert not told.error
    assert Clinician.objects.get().pk == "ada"


RUNS = [[], ["--dry-run"], ["--verify"], ["--since", "2018-01-01"], ["--close-older"]]


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_the_source_is_left_as_it_is(
    polaris: LegacyDatabase, arguments: list[str]
) -> None:
    polaris.add_user("ada", groups=["Midwife"], email_address=" ADA@mail.example")
    polaris.add_user("bulk", locations=None)
    for number in range(2):
        polaris.add_product(f"p{number}", "ada")
    polaris.add_agreement("t1", "ada", version=1)
    before = polaris.dump()
    refused(polaris.url, *arguments)
    polaris.execute("DELETE FROM \"user\" WHERE uuid = 'bulk'")
    polaris.change("product", "p0", closed_date="2020-01-01")
    between = polaris.dump()
    run(polaris.url, *arguments)

    assert before != between
    assert polaris.dump() == between


def in_the_middle(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Act after the addresses have been read and before the people are."""
    read = PolarisSource.people

    def people(source: PolarisSource) -> Any:
        act()
        return read(source)

    monkeypatch.setattr(PolarisSource, "people", people)


def test_it_is_read_in_one_snapshot(
    polaris: LegacyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    polaris.add_user("ada", email_address="ada@mail.example")
    polaris.add_product("p1", "ada")

    def change() -> None:
        polaris.change("user", "ada", job_title="changed")
        polaris.add_product("p2", "ada")
        polaris.add_product("p3", None)
        polaris.add_user("grace", email_address=" ADA@mail.example")

    with monkeypatch.context() as patch:
        in_the_middle(patch, change)
        found = polaris.summary()

    assert found["read"] == found["tables"]["user"]["rows"] == 1
    assert found["tables"]["product"]["rows"] == 1
    assert found["tables"]["product"]["without_user"] == 0
    assert Clinician.objects.get().job_title == "midwife"
    assert Product.objects.get().uuid == "p1"
    assert "ada, grace: have the same address" in polaris.refused().err


def test_a_source_that_is_lost_midway_stores_nothing(
    polaris: LegacyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    polaris.add_user("ada")
    in_the_middle(monkeypatch, polaris.disconnect_others)
    told = refused(polaris.url)

    ways = ("AdminShutdown", "OperationalError")
    assert told.error in {f"The source cannot be read on ({each})." for each in ways}


SETTINGS = [("timezone", "America/St_Johns"), ("datestyle", "German")]


@pytest.mark.parametrize(("setting", "value"), SETTINGS)
def test_times_are_utc_however_the_server_is_set(
    polaris: LegacyDatabase, setting: str, value: str
) -> None:
    polaris.add_user("ada", created="2019-07-01 12:00", modified="2019-07-02")
    polaris.add_product("p1", "ada", opened_date="2019-07-03")
    accepted = {"version": 1, "accepted_timestamp": "2019-07-04T12:00:00.5+01:00"}
    polaris.add_agreement("t1", "ada", **accepted)
    with polaris.set_to(setting, value):
        polaris.imported()
    clinician = Clinician.objects.get()

    assert clinician.created.isoformat() == "2019-07-01T12:00:00+00:00"
    assert str(clinician.products.get().opened_date) == "2019-07-03"
    moment = clinician.terms_agreements.get().accepted_timestamp
    assert moment is not None
    assert moment.isoformat() == "2019-07-04T11:00:00.500000+00:00"


def test_a_time_that_is_none_stops_it_without_its_value(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_user("ada", modified="infinity")

    told = refused(polaris.url)
    assert told == ("", "", "The source cannot be read on (DataError).")
