"""What the journal knows of the request that it is written for."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request being answered; empty outside requests."""
