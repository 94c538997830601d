"""Log lines: JSON (or plain, or coloured) on standard output, one per event.

Every line has timestamp, severity, message and requestID. What another library logs
goes through the same formatter, and no value of an exception is ever printed: the
text of a database error, for one, quotes the e-mail address it is about.
"""

import logging
import logging.config
import sys
import traceback
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from users_service.journal.context import request_id

FRAMES = 30
# gunicorn puts the request's target, or the header that it refuses, behind these.
CUT_AFTER = ("Error handling request", "Invalid request")


def configure(config: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog (LOGGING_CONFIG)."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(level: str, style: str) -> dict[str, Any]:
    """Return the configuration for `logging`: a level's name; JSON, PLAIN or COLOUR."""
    quiet = {"level": max(logging.INFO, logging.getLevelNamesMapping()[level])}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *RENDERERS[style],
                ],
                "pass_foreign_args": True,
                "foreign_pre_chain": [without_request_text, *SHARED],
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # At DEBUG it would print SQL with its parameters.
            "django": {**quiet, "handlers": [], "propagate": True},
            # These print the path of each 4xx and 5xx; the request's own line and
            # `problems.server_error` say it without.
            "django.request": {"level": "CRITICAL", "propagate": False},
            "django.security": {"level": "CRITICAL", "propagate": False},
            "django.server": {"level": "CRITICAL", "propagate": False, "handlers": []},
            "gunicorn.error": {**quiet, "handlers": [], "propagate": True},
            # They print addresses of what they fetch, or a line for every heartbeat.
            **dict.fromkeys(("urllib3", "amqp", "kombu", "asyncio"), quiet),
            # At INFO it reports each connection that a pool makes.
            "psycopg": {"level": max(logging.WARNING, quiet["level"])},
        },
    }


def without_request_text(
    _logger: WrappedLogger, _name: str, event: EventDict
) -> EventDict:
    """Take out of another library's message what a caller has sent."""
    message = event["_record"].msg
    arguments = event.pop("positional_args", None)
    if isinstance(message, BaseException):
        event["event"] = type_name(message)
    elif isinstance(arguments, tuple) and any(map(is_error, arguments)):
        event["event"] = message % tuple(
            type_name(each) if is_error(each) else each for each in arguments
        )
    for beginning in CUT_AFTER:
        if str(event["event"]).startswith(beginning):
            event["event"] = beginning
    return event


def stack_without_values(
    _logger: WrappedLogger, _name: str, event: EventDict
) -> EventDict:
    """Replace exc_info by the exceptions' types and the places they passed."""
    info = event.pop("exc_info", None)
    error = _current_error(info)
    if error is not None:
        event["exception"] = describe(error)
    return event


def _current_error(info: Any) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    found = info if isinstance(info, tuple) else sys.exc_info()
    return cast("BaseException | None", found[1]) if info else None


def describe(error: BaseException) -> list[str]:
    """Return one line for each exception of the chain: its type, SQLSTATE and stack."""
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None and len(lines) < FRAMES:
        frames = traceback.extract_tb(current.__traceback__)[-FRAMES:]
        stack = " > ".join(f"{f.filename}:{f.lineno} {f.name}" for f in frames)
        state = getattr(current, "sqlstate", None)
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        lines.append(f"{kind}{f' [{state}]' if state else ''}: {stack}")
        current = current.__cause__ or current.__context__
    return lines


def contract_names(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put severity, message and requestID under the names of the platform's logs."""
    return {
        "timestamp": event.pop("timestamp"),
        "severity": event.pop("level").upper(),
        "message": event.pop("event"),
        "requestID": request_id.get(),
        **event,
    }


def console_names(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Turn the names back for structlog's own renderer of plain and coloured lines."""
    event["level"] = event.pop("severity").lower()
    event["event"] = event.pop("message")
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = printable(value)
    if "exception" in event:
        event["exception"] = "\n".join(event["exception"])
    return event


def printable(text: str) -> str:
    """Return the text with escapes for what ends a line or commands a terminal.

    Of the characters that come from callers, JSON escapes these by itself.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def is_error(value: object) -> bool:
    """Return whether the value is an exception, whose text may hold anything."""
    return isinstance(value, BaseException)


def type_name(value: object) -> str:
    """Return what is logged of a value that JSON has no form for: never its text."""
    return type(value).__name__


SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    stack_without_values,
    contract_names,
]
RENDERERS: dict[str, list[Processor]] = {
    "JSON": [structlog.processors.JSONRenderer(default=type_name)],
    "PLAIN": [console_names, structlog.dev.ConsoleRenderer(colors=False)],
    "COLOUR": [console_names, structlog.dev.ConsoleRenderer(colors=True)],
}
