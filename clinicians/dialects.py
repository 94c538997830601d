"""How each database writes JSON, as snippets of SQL."""

import json
from collections.abc import Mapping
from typing import Any, Protocol


class Dialect(Protocol):
    """Makes SQL expressions; `column` is one too, never a caller's value."""

    def record(self, members: Mapping[str, str]) -> str:
        """JSON object of these members."""

    def without_nulls(self, json_object: str) -> str:
        """Return the JSON object less its null members."""

    def array(self, element: str, source: str) -> str:
        """JSON array of an element per row of the ordered `source`."""

    def mapping(self, key: str, value: str, source: str) -> str:
        """JSON object of a member per row of `source`."""

    def boolean(self, column: str) -> str:
        """JSON true, false or null."""

    def timestamp(self, column: str, digits: int, offset: str) -> str:
        """ISO 8601 text in UTC with 3 or 6 digits of a second."""

    def text(self, value: str) -> str:
        """Return the JSON as text."""

    def all_of(self, column: str) -> str:
        """Condition: the column is one of the ids in the one parameter."""

    def rows_of_ids(self) -> str:
        """SELECT of the ids in the one parameter, as `id`."""

    def ids(self, ids: list[str]) -> Any:
        """Return the parameter for `all_of` and `rows_of_ids`."""

    def like(self, column: str) -> str:
        """Condition: the column is like the one parameter; a backslash escapes."""


class PostgreSQL:
    """PostgreSQL's JSON functions."""

    def record(self, members: Mapping[str, str]) -> str:
        """JSON object of these members."""
        return f"json_build_object({_pairs(members)})"

    def without_nulls(self, json_object: str) -> str:
        """Return the JSON object less its null members."""
        return f"json_strip_nulls({json_object})"

    def array(self, element: str, source: str) -> str:
        """JSON array of an element per row of the ordered `source`."""
        return f"(SELECT coalesce(json_agg({element}), '[]') FROM ({source}) x)"

    def mapping(self, key: str, value: str, source: str) -> str:
        """JSON object of a member per row of `source`."""
        pairs = f"json_object_agg({key}, {value})"
        return f"(SELECT coalesce({pairs}, '{{}}') FROM ({source}) x)"

    def boolean(self, column: str) -> str:
        """JSON true, false or null."""
        return column

    def timestamp(self, column: str, digits: int, offset: str) -> str:
        """ISO 8601 text in UTC with 3 or 6 digits of a second."""
        pattern = f'YYYY-MM-DD"T"HH24:MI:SS.{"MS" if digits == 3 else "US"}"{offset}"'  # noqa: PLR2004
        return f"to_char({column} AT TIME ZONE 'UTC', '{pattern}')"

    def text(self, value: str) -> str:
        """Return the JSON as text."""
        return f"({value})::text"

    def all_of(self, column: str) -> str:
        """Condition: the column is one of the ids in the one parameter."""
        return f"{column} = ANY(%s)"

    def rows_of_ids(self) -> str:
        """SELECT of the ids in the one parameter, as `id`."""
        return "SELECT unnest(%s::varchar[]) AS id"

    def ids(self, ids: list[str]) -> Any:
        """Return the parameter for `all_of` and `rows_of_ids`: an array."""
        return ids

    def like(self, column: str) -> str:
        """Condition: the column is like the one parameter; a backslash escapes."""
        return f"{column} LIKE %s"


class SQLite:
    """SQLite's JSON functions. It keeps booleans as 0 and 1 and times as text."""

    def record(self, members: Mapping[str, str]) -> str:
        """JSON object of these members."""
        return f"json_object({_pairs(members)})"

    def without_nulls(self, json_object: str) -> str:
        """Return the JSON object less its null members: a merge patch drops them."""
        return f"json_patch('{{}}', {json_object})"

    def array(self, element: str, source: str) -> str:
        """JSON array of an element per row of the ordered `source`.

        The limit keeps SQLite from dropping the order of the inner query.
        """
        return f"json((SELECT json_group_array({element}) FROM ({source} LIMIT -1) x))"

    def mapping(self, key: str, value: str, source: str) -> str:
        """JSON object of a member per row of `source`."""
        return f"json((SELECT json_group_object({key}, {value}) FROM ({source}) x))"

    def boolean(self, column: str) -> str:
        """JSON true, false or null."""
        return f"json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"  # noqa: E501

    def timestamp(self, column: str, digits: int, offset: str) -> str:
        """ISO 8601 text in UTC with 3 or 6 digits of a second.

        Cut out of the stored text, since SQLite's own functions round.
        """
        fraction = f"substr(substr({column}, 21) || '000000', 1, {digits})"
        moment = f"replace(substr({column}, 1, 19), ' ', 'T')"
        return f"{moment} || '.' || {fraction} || '{offset}'"

    def text(self, value: str) -> str:
        """Return the JSON as text."""
        return value

    def all_of(self, column: str) -> str:
        """Condition: the column is one of the ids in the one parameter."""
        return f"{column} IN ({self.rows_of_ids()})"

    def rows_of_ids(self) -> str:
        """SELECT of the ids in the one parameter, as `id`."""
        return "SELECT value AS id FROM json_each(%s)"

    def ids(self, ids: list[str]) -> Any:
        """Return the parameter for `all_of` and `rows_of_ids`: a JSON list."""
        return json.dumps(ids)

    def like(self, column: str) -> str:
        """Condition: the column is like the one parameter; a backslash escapes."""
        return f"{column} LIKE %s ESCAPE '\\'"


def _pairs(members: Mapping[str, str]) -> str:
    return ", ".join(f"'{key}', {value}" for key, value in members.items())


DIALECTS: dict[str, Dialect] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}
