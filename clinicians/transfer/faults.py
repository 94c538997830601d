"""What can be wrong with what is moved in."""

from typing import Any, NamedTuple

LONGEST_ITEM = 16 * 2**20
"""A longer item, in bytes, is no clinician: it would only fill the memory."""


class Unreadable(Exception):
    """A file cannot be read on; `line` is where, None where that is not known."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
        self.message = message

    def __reduce__(self) -> tuple[type["Unreadable"], tuple[int | None, str]]:
        """Return how to make it again, in another process."""
        return Unreadable, (self.line, self.message)


class Fault(NamedTuple):
    """What is wrong with an item, and where it stands.

    `field` is a path such as `products.0.opened_date`, "" for the item as a whole.
    `message` names no value of the item, so that it can be logged; `detail` may.
    """

    line: int
    field: str
    message: str
    detail: str

    def as_text(self, *, with_values: bool = False) -> str:
        """Return the fault for people, less where the item stands."""
        message = self.detail if with_values else self.message
        return f"{self.field}: {message}" if self.field else message

    def as_json(self, *, with_values: bool = False) -> dict[str, Any]:
        """Return the fault for programs."""
        message = self.detail if with_values else self.message
        return {"line": self.line, "field": self.field, "message": message}


def faults_of(line: int, errors: dict[str, list[str]]) -> list[Fault]:
    """Return the faults of an item from its errors, which name no values."""
    return [
        Fault(line, field, message, message)
        for field, messages in errors.items()
        for message in messages
    ]
