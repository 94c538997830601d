"""The release before, on a database that this one has migrated (docs/operations.md).

It runs with the packages that are installed now, not with its own pins.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pytest

from clinicians.testing import clinician_body
from clinicians.tests.commanded import Store
from users_service.tests import live
from users_service.tests.live import PROJECT, LiveServer

Figure = Callable[[str, object], None]

CLINICIAN = "/dhos/v1/clinician"
EMAIL, PASSWORD, NEW_PASSWORD = "ada@mail.example", "an invented one", "and another"
AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@mail.example")
MADE, MOVED = "made-by-the-old", "moved-by-the-old"
BEFORE = {
    "uuid": "made-before",
    "email_address": EMAIL,
    "last_name": "Fernweh",
    "groups": ["GDM Clinician", "SEND Clinician"],
    "bookmarks": ["L7"],
}
READS = (
    f"{CLINICIAN}/{{id}}",
    f"{CLINICIAN}?email={EMAIL}",
    "/dhos/v1/clinicians?q=fernweh",
    "/dhos/v2/clinicians?product_name=GDM&limit=1&expanded=true",
    "/dhos/v2/clinicians?login_active=true&sort=created&compact=true",
    "/dhos/v1/location/L1/clinician",
    "/dhos/v2/audit?clinician_id={id}",
)


class Release(NamedTuple):
    """A commit, and what to call it."""

    commit: str
    name: str


def git(folder: Path, *arguments: str) -> bytes:
    """Return what git says. Raises CalledProcessError where it refuses."""
    command = ("git", "-C", str(folder), *arguments)
    return subprocess.run(command, check=True, capture_output=True).stdout


def line_of(folder: Path, *arguments: str) -> str:
    return git(folder, *arguments).decode().strip()


def release_before(project: Path) -> Release:
    """Return the newest tag before this commit, else what the newest migration met.

    Raises CalledProcessError or OSError where there is no history to look into.
    """
    tags = ("--tags", "--match=v[0-9]*", "--abbrev=0")
    try:
        tag = line_of(project, "describe", *tags, "HEAD^")
    except subprocess.CalledProcessError:
        added = ("--diff-filter=A", "--", ":(glob)**/migrations/[0-9]*.py")
        newest = line_of(project, "log", "-1", "--format=%H", *added)
        commit = line_of(project, "rev-parse", "--verify", f"{newest}^")
        return Release(commit, "the commit that the newest migration was added to")
    return Release(tag, tag)


def absent_packages(folder: Path) -> list[str]:
    """Return the packages that a release asks for and that are not installed."""
    pins = (folder / "requirements.txt").read_text()
    absent = []
    for name in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==\S+ *\\$", pins, re.MULTILINE):
        try:
            version(name)
        except PackageNotFoundError:
            absent.append(name)
    return absent


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Give the release before, unpacked in the folder `old`."""
    try:
        if Path(line_of(PROJECT, "rev-parse", "--show-toplevel")) != PROJECT:
            pytest.skip("needs the history of this project: not a checkout of its own")
        found = release_before(PROJECT)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the history of this project: no git, or a shallow clone")
    folder = tmp_path / "old"
    folder.mkdir()
    archive = git(PROJECT, "archive", "--format=tar", found.commit)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    if absent := absent_packages(folder):
        pytest.skip(f"{found.name} needs packages that are gone: {', '.join(absent)}")
    return found


@pytest.fixture
def servers(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[LiveServer, LiveServer]]:
    """Give that release and this one, each as a server on the same database."""
    folders = [tmp_path / name for name in ("store", "new-server", "old-server")]
    for each in folders:
        each.mkdir()
    variables = Store(folders[0]).variables | {"WEB_CONCURRENCY": "1"}
    monkeypatch.delenv("PYTHONPATH", raising=False)
    new = LiveServer(folders[1], **variables)
    try:
        monkeypatch.setattr(live, "PROJECT", tmp_path / "old")
        old = LiveServer(folders[2], **variables)
        try:
            yield old, new
        finally:
            old.stop()
    finally:
        new.stop()


def check_that_it_reads(server: LiveServer, known: str, password: str) -> int:
    """Check each route that reads, and a login; return how many these are."""
    assert server.ask("GET", "/healthcheck").status_code == 200
    for path in READS:
        answer = server.ask("GET", path.format(id=known))
        assert answer.status_code == 200, (path, answer.text)
        assert known in answer.text, path
    listed = server.ask("POST", "/dhos/v1/clinician_list", [known])
    assert [*listed.json()] == [known]
    assert server.log_in(EMAIL, password).status_code == 200
    return len(READS) + 3


def check_that_it_writes(server: LiveServer, known: str) -> int:
    """Change a clinician in each way that callers have; return how many these are."""
    one = f"{CLINICIAN}/{known}"
    agreement = {"product_name": "GDM", "version": 2}
    writes = [
        ("PATCH", one, {"job_title": "nurse", "products": [{"product_name": "SEND"}]}),
        ("PATCH", f"{one}/delete", {"groups": ["SEND Clinician"]}),
        ("PATCH", f"{CLINICIAN}?email={EMAIL}", {"password": NEW_PASSWORD}),
        ("POST", f"{one}/terms_agreement", agreement),
        ("POST", f"{one}/location/L8/bookmark", None),
        ("DELETE", f"{one}/location/L7/bookmark", None),
        ("POST", CLINICIAN, clinician_body(uuid=MADE)),
        ("POST", f"{CLINICIAN}/bulk", [clinician_body(uuid=MOVED)]),
    ]
    for method, path, body in writes:
        answer = server.ask(method, path, body)
        assert answer.ok, (method, path, answer.text)
    return len(writes)


@pytest.mark.django_db(transaction=True)
def test_the_release_before_works_on_this_ones_schema(
    servers: tuple[LiveServer, LiveServer],
    release: Release,
    record_property: Figure,
) -> None:
    old, new = servers
    known = new.created(**BEFORE)["uuid"]
    path = f"{CLINICIAN}?email={EMAIL}"
    assert new.ask("PATCH", path, {"password": PASSWORD}).status_code == 200

    reads = check_that_it_reads(old, known, PASSWORD)
    writes = check_that_it_writes(old, known)

    check_that_it_reads(new, known, NEW_PASSWORD)
    changed = new.read(known)
    assert changed["job_title"] == "nurse"
    assert changed["groups"] == ["GDM Clinician"]
    assert changed["bookmarks"] == ["L8"]
    assert changed["terms_agreement"]["GDM"]["version"] == 2
    assert [each["product_name"] for each in changed["products"]] == ["GDM", "SEND"]
    assert {new.read(each)["last_name"] for each in (MADE, MOVED)} == {"Invented"}
    figure = f"{release.name}: {reads} ways to read and {writes} to write"
    record_property("figure", f"{figure}, all served on the present schema")


def test_the_release_before_is_the_newest_tag_or_older_than_a_migration(
    tmp_path: Path,
) -> None:
    def commit(name: str) -> str:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        git(tmp_path, "add", "--all")
        git(tmp_path, *AUTHOR, "commit", "--quiet", "--message", name)
        return line_of(tmp_path, "rev-parse", "HEAD")

    git(tmp_path, "init", "--quiet")
    commit("app/migrations/0001_initial.py")
    with pytest.raises(subprocess.CalledProcessError):
        release_before(tmp_path)
    first = commit("app/models.py")
    commit("app/migrations/0002_more.py")
    commit("app/views.py")
    assert release_before(tmp_path).commit == first
    git(tmp_path, "tag", "v0.1.0")
    assert release_before(tmp_path).commit == first
    commit("app/urls.py")
    assert release_before(tmp_path).commit == "v0.1.0"
    git(tmp_path, "tag", "v0.2.0")
    assert release_before(tmp_path).commit == "v0.1.0"
