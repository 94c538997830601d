"""What the database alone needs for an answer, without a service around it."""

import time
from statistics import median
from typing import Any

from benchmarks.databases import Variables, connect

ROUNDS = 30
Statement = tuple[Any, Any]
"""SQL and its parameters."""


class Database:
    """A connection of psycopg's, on which a route's statements are run alone."""

    def __init__(self, variables: Variables) -> None:
        self.connection = connect(variables, variables["DATABASE_NAME"])

    def milliseconds(self, requests: list[list[Statement]]) -> float:
        """Return the median time of the statements of a request of these."""
        taken = []
        for number in range(ROUNDS):
            statements = requests[number % len(requests)]
            before = time.perf_counter()
            for sql, parameters in statements:
                self.connection.execute(sql, parameters).fetchall()
            taken.append((time.perf_counter() - before) * 1000)
        return median(taken)

    def whole_list(self, columns: str, table: str, order: str) -> float:
        """Return the seconds that a whole list takes, fetched and thrown away."""
        sql: Any = f"SELECT {columns} FROM {table} ORDER BY {order}"
        before = time.perf_counter()
        with self.connection.transaction(), self.connection.cursor("whole") as cursor:
            cursor.itersize = 500
            cursor.execute(sql)
            for _ in cursor:
                pass
        return time.perf_counter() - before

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
