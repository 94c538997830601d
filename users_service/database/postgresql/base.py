"""What Django loads as the backend: ENGINE is the package of this module (ADR 20)."""

import select
from types import TracebackType
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg.errors import Diagnostic, ReadOnlySqlTransaction

READ_ONLY = ("in_hot_standby", "default_transaction_read_only")
"""What a server reports of itself, unasked, whenever it changes (PostgreSQL 14)."""

WAIT_FOR_STANDBY = "SyncRepWaitForLSN"
"""Where in PostgreSQL a COMMIT waits for a standby. Its warnings have no code of their
own, and may be in any language, but say that they come from here."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is given up with its primary, and believes no half COMMIT."""

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """What turns psycopg's errors into Django's."""
        return _Errors(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection; of several hosts, to one that takes writes.

        At a new one libpq has looked itself, which ends the search.
        """
        must_write = "target_session_attrs" in conn_params
        connection = super().get_new_connection(conn_params)
        while self.pool and not _is_usable(connection, must_write=must_write):
            connection.close()  # or the pool would hand it out again
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def set_autocommit(self, autocommit: bool, *args: Any, **options: Any) -> None:
        """Switch; without a connection there is nothing to switch back to autocommit.

        For that, a transaction that lost its connection would wait for another one.
        """
        if self.connection is None and autocommit:
            self.autocommit = True
        else:
            super().set_autocommit(autocommit, *args, **options)

    def _set_autocommit(self, autocommit: bool) -> None:
        """Switch, and bound how long the transaction waits for a lock.

        Where a pooler refuses to bound the session: in one round trip with the BEGIN.
        """
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        timeout = self.settings_dict.get("LOCK_TIMEOUT_OF_TRANSACTIONS")
        if timeout and not autocommit:
            with self.wrap_database_errors, self.connection.pipeline():
                self.connection.execute(f"SET LOCAL lock_timeout = {int(timeout)}")

    def commit(self) -> None:
        """Commit.

        Raises OperationalError where it is done, but a standby that should have it too
        perhaps has not: somebody cancelled the wait, which PostgreSQL takes for an
        order and answers with success and a warning.
        """
        places: list[str | None] = []

        def hear(notice: Diagnostic) -> None:
            places.append(notice.source_function)

        connection = self.connection
        connection.add_notice_handler(hear)
        try:
            super().commit()
        finally:
            connection.remove_notice_handler(hear)
        if WAIT_FOR_STANDBY in places:
            raise OperationalError("Committed, but perhaps on this server alone")


class _Errors(DatabaseErrorWrapper):
    """Django's, to whom a server without writes is as good as none."""

    wrapper: DatabaseWrapper

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, ReadOnlySqlTransaction):
            self.wrapper.errors_occurred = True
            self.wrapper.connection.close()  # or the pool would hand it out again
            raise OperationalError(*error.args) from error
        super().__exit__(kind, error, trace)


def _is_usable(connection: "psycopg.Connection[Any]", *, must_write: bool) -> bool:
    """Tell whether a pooled connection still leads to the server that it should.

    A server that ended it, or has become another, has said so: there is something to
    read. To ask one that has said nothing would be a round trip before every request.
    """
    if _has_word(connection.fileno()):
        try:
            connection.execute("")
        except psycopg.Error:
            return False
    return not (must_write and _is_read_only(connection))


def _has_word(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _is_read_only(connection: "psycopg.Connection[Any]") -> bool:
    return "on" in map(connection.info.parameter_status, READ_ONLY)
