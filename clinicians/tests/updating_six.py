"""Updates of six stored clinicians beside others who change or hold them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from clinicians.models import Clinician
from clinicians.testing import Api, created, forget_the_trail
from clinicians.tests.files import Told, import_in_batches_of, imported, item, ndjson

NUMBER = 6
HOW = [[], ["--continue-on-error"]]
both_ways = pytest.mark.parametrize("how", HOW, ids=["all or none", "batches"])


@pytest.fixture
def path(
    tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Store six clinicians; return a file that changes them and brings a new one."""
    import_in_batches_of(2, monkeypatch)
    for number in range(NUMBER):
        created(**item(f"c{number}"))
    forget_the_trail()
    changed = [item(f"c{number}", job_title="new") for number in range(NUMBER)]
    return ndjson(tmp_path / "file", [*changed, item("added")])


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another program's connection, in a transaction from its first statement on."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    chosen = connection.settings_dict
    how: dict[str, Any] = {name: chosen[key] for key, name in names.items()}
    with psycopg.connect(**how, dbname=chosen["NAME"]) as opened:
        yield opened
        opened.rollback()


def update(path: Path, *how: str) -> Told:
    return imported(path, "--on-conflict", "update", *how)


def jobs() -> dict[str, str | None]:
    return dict(Clinician.objects.values_list("pk", "job_title"))


def elsewhere(action: Callable[[], Any]) -> None:
    """Run an action on a connection of another thread."""

    def act() -> None:
        try:
            action()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result(timeout=60)


def before(
    patch: pytest.MonkeyPatch, owner: Any, name: str, action: Callable[[], Any]
) -> list[int]:
    """Run an action elsewhere each time before a function is called; returns calls."""
    original = getattr(owner, name)
    calls = list[int]()

    def replaced(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        elsewhere(action)
        return original(*arguments, **named)

    patch.setattr(owner, name, replaced)
    return calls


def once(action: Callable[[], Any]) -> Callable[[], Any]:
    """Return an action that does something the first time only."""
    left = [action]
    return lambda: left.pop()() if left else None


def patch_c1(**fields: Any) -> Callable[[], Any]:
    def change() -> None:
        answer = Api().patch("/dhos/v1/clinician/c1", fields)
        assert answer.status_code == 200

    return change
