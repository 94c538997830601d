"""Temporary files of large answers and bodies, and their bound."""

import errno
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinicians.testing import Api, created
from users_service import environment
from users_service.api import spools
from users_service.api.spools import Spool
from users_service.exceptions import Unavailable

LIST = "/dhos/v2/clinicians"


@pytest.fixture(autouse=True)
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "MEMORY_BYTES", 1)


def test_spools_of_a_process_are_bounded_together(settings: Any) -> None:
    settings.MAX_SPOOLED_BYTES = 10
    with Spool() as first, Spool() as second:
        first.write(b"123456")
        second.write(b"1234")
        with pytest.raises(Unavailable, match="no room"):
            first.write(b"7")
        second.close()
        first.write(b"7890")
        first.rewind()
        assert first.read() == b"1234567890"


@pytest.mark.django_db
def test_answer_beyond_the_bound_is_503_and_gives_back_what_it_took(
    settings: Any,
) -> None:
    created()
    whole = Api().get(LIST).getvalue()
    settings.MAX_SPOOLED_BYTES = len(whole) - 1

    refused = Api().get(LIST)

    assert refused.status_code == 503
    assert refused["Retry-After"] == "10"
    assert refused.json()["message"] == spools.NO_ROOM
    settings.MAX_SPOOLED_BYTES = len(whole)
    assert Api().get(LIST).getvalue() == whole


@pytest.mark.django_db(transaction=True)  # closing gives the connection back
def test_answer_that_is_closed_unread_gives_back_what_it_took(settings: Any) -> None:
    created()
    settings.MAX_SPOOLED_BYTES = len(Api().get(LIST).getvalue())
    for _ in range(2):
        unread = Api().get(LIST)
        assert unread.status_code == 200
        unread.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.django_db
def test_full_disk_is_503(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    created()

    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    refused = Api().get(LIST)

    assert refused.status_code == 503
    assert refused.json()["message"] == spools.NO_ROOM


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_noticed_when_buffers_are_written_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> Any:
        return Path("/dev/full").open("r+b", buffering=2**16)

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(Unavailable), Spool() as spool:
        spool.write(b"12")


@pytest.mark.django_db
def test_files_are_made_in_the_folder_of_the_settings(settings: Any) -> None:
    created()
    with TemporaryDirectory() as folder:
        settings.SPOOL_FOLDER = folder
        answer = Api().get(LIST)
        files = [each.readlink() for each in descriptors()]
        answer.close()
    assert any(each.is_relative_to(folder) for each in files)


def descriptors() -> list[Path]:
    found = Path("/proc/self/fd").iterdir()
    return [each for each in found if each.is_symlink()]


def test_folder_that_is_none_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPOOL_FOLDER", str(tmp_path))
    assert environment.folder("SPOOL_FOLDER") == str(tmp_path)
    monkeypatch.setenv("SPOOL_FOLDER", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="SPOOL_FOLDER is no folder"):
        environment.folder("SPOOL_FOLDER")
