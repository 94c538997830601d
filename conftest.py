"""What all tests share; their environment is set in users_service/testing.py."""

import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.apps import AppConfig
from django.core.signals import setting_changed
from django.db import connection
from django.db.models.signals import post_migrate
from django.test.client import ClientHandler


def _seed_roles_after_flush(sender: AppConfig, **kwargs: object) -> None:
    # Only `migrate` tells its plan: what is left is the flush after a test.
    if sender.label == "roles" and "plan" not in kwargs:
        from roles.seeds import seed_roles  # noqa: PLC0415 (needs the app registry)

        seed_roles()


@pytest.fixture(scope="session", autouse=True)
def _roles_outlive_a_flush() -> Iterator[None]:
    """Put the roles back whenever a `transaction=True` test empties the database.

    A migration puts them in, and a flush takes them out: the next test, whichever
    that is, would find none.
    """
    post_migrate.connect(_seed_roles_after_flush)
    yield
    post_migrate.disconnect(_seed_roles_after_flush)


@pytest.fixture(scope="session", autouse=True)
def _flush_may_empty_the_trail() -> Iterator[None]:
    """Let the flush after a `transaction=True` test truncate the audit trail.

    A trigger refuses that, always. The flush switches it off as the table's owner can,
    in its own transaction: while a test runs, it is on.
    """
    operations = connection.ops
    if connection.vendor != "postgresql":
        yield
        return
    made = operations.sql_flush
    switch = "ALTER TABLE journal_auditentry {} TRIGGER audit_not_truncated"

    def sql_flush(*arguments: Any, **options: Any) -> list[str]:
        statements = made(*arguments, **options)
        return [switch.format("DISABLE"), *statements, switch.format("ENABLE")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        yield


@pytest.fixture(scope="session", autouse=True)
def _clients_share_middleware() -> Iterator[None]:
    """Put the middleware together once, as a server does, not for every client.

    Once more after a setting has changed: some middleware reads it then.
    """
    load, made = ClientHandler.load_middleware, dict[str, Any]()

    def load_once(handler: ClientHandler, is_async: bool = False) -> None:
        if not made:
            load(handler, is_async)
            made.update(vars(handler))
            del made["enforce_csrf_checks"]  # the client's own choice
        vars(handler).update(made)

    def forget(**_: object) -> None:
        made.clear()

    setting_changed.connect(forget)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", load_once)
        yield
    setting_changed.disconnect(forget)


@pytest.fixture
def admin_user(db: None) -> Any:  # noqa: ARG001 (asked for its effect)
    """Somebody who may do everything in the admin, and is let in without a password.

    pytest-django's has one: to hash it takes longer than most tests do.
    """
    from django.contrib.auth.models import User  # noqa: PLC0415 (the app registry)

    return User.objects.create_superuser("admin")


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash new passwords in no time, for tests that try one after the other.

    Not for tests of what a hash is or costs. Decoys stay as they are: made before.
    """
    from clinicians import passwords  # noqa: PLC0415 (needs the app registry)
    from clinicians.hashers import ClinicianArgon2PasswordHasher  # noqa: PLC0415

    passwords.warm_up()
    monkeypatch.setattr(ClinicianArgon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(ClinicianArgon2PasswordHasher, "memory_cost", 8)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that may use the store, and those that tell coverage nothing.

    Without the first, pytest-django lets no test reach the database. Of the second
    kind are examples that are drawn by chance, by which no floor can be held.
    """
    names = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("django_db") or names & {"db", "transactional_db"}:
        item.add_marker("store")
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Let reports pass to another process, also with half a character in them.

    Some tests log what no encoding has.
    """
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode())
        for name, text in report.sections
    ]
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip on SQLite what is marked `postgresql`."""
    if item.get_closest_marker("postgresql") and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the run does.

    That is modules and collected tests, hundreds of thousands of objects: every full
    collection would look through them again.
    """
    gc.collect()
    gc.freeze()
