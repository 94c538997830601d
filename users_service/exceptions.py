"""The family of named errors.

Everything below the views says what went wrong with one of these and knows nothing
of HTTP; `users_service.problems` turns each into a status in one table.
"""

from collections.abc import Mapping, Sequence

Errors = Mapping[str, Sequence[str]]
"""Field path, such as `products.0.opened_date`, to the messages about it."""


class ServiceError(Exception):
    """Base of the family. `message` is what the caller may read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(ServiceError):
    """A parameter, body or rule is not met; `errors` says where and why."""

    def __init__(
        self, message: str | None = None, errors: Errors | None = None
    ) -> None:
        self.errors: Errors = errors or {}
        super().__init__(message or self._first_error())

    def _first_error(self) -> str:
        for path, messages in self.errors.items():
            return f"{path}: {messages[0]}"
        return "Invalid input"


class NotAuthenticated(ServiceError):
    """The request carries no bearer token."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class AccessDenied(ServiceError):
    """The caller may not do this. The cause is for the log, never for the answer."""

    def __init__(self, cause: str) -> None:
        super().__init__("Forbidden")
        self.cause = cause


class NotFound(ServiceError):
    """What the path or parameter names does not exist."""


class Conflict(ServiceError):
    """A value that has to be unique is in use."""


class PreconditionFailed(ServiceError):
    """`If-Match` names another version than the stored one."""

    def __init__(self) -> None:
        super().__init__("The clinician has changed since it was read")


class BodyTooLarge(ServiceError):
    """The body is over `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes")


class RequestTimeout(ServiceError):
    """The head or body of the request did not arrive in time."""

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time")


class Unavailable(ServiceError):
    """Something this service needs does not answer; try again in `retry_after` s."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RowHeld(Unavailable):
    """Another transaction has held a row for longer than LOCK_WAIT_SECONDS."""

    MESSAGE = "Somebody else is changing this, try again"
    RETRY_AFTER = 1

    def __init__(self) -> None:
        super().__init__(self.MESSAGE, self.RETRY_AFTER)
