import io
import json
import logging
from typing import Any

import pytest
import structlog
from structlog.stdlib import ProcessorFormatter

from users_service.journal.context import request_id
from users_service.logs import logging_config
from users_service.tests.conftest import LogLines

SECRET = "jane.doe@mail.com"


def raised(error: Exception) -> Exception:
    try:
        raise error  # noqa: TRY301 (to give it a traceback)
    except Exception as caught:  # noqa: BLE001 (whichever is given)
        return caught


def test_a_line_has_the_contracts_names_first(log_text: io.StringIO) -> None:
    token = request_id.set("mine")
    structlog.get_logger("a.name").warning("Said", number=3)
    request_id.reset(token)
    line = json.loads(log_text.getvalue())
    assert list(line) == ["timestamp", "severity", "message", "requestID", "number"]
    assert line["timestamp"].endswith("Z")
    assert line["severity"] == "WARNING"
    assert line["message"] == "Said"
    assert line["requestID"] == "mine"


def test_other_libraries_lines_look_the_same(log_lines: LogLines) -> None:
    logging.getLogger("a.package").error("Lost %s of %d", "two", 3)
    (line,) = log_lines()
    line.pop("timestamp")
    assert line == {
        "severity": "ERROR",
        "message": "Lost two of 3",
        "requestID": "",
    }


def test_an_exceptions_text_is_never_logged(log_text: io.StringIO) -> None:
    error = raised(ValueError(SECRET))
    error.__cause__ = raised(KeyError(SECRET))
    library = logging.getLogger("a.package")
    library.error("Failed", exc_info=error)
    library.error("Failed: %s", error)
    library.error(error)
    structlog.get_logger("a.name").error("Failed", exc_info=error, error=error)
    assert SECRET not in log_text.getvalue()
    assert log_text.getvalue().count("builtins.ValueError: ") == 2
    assert log_text.getvalue().count("builtins.KeyError: ") == 2
    assert '"message": "Failed: ValueError"' in log_text.getvalue()


def test_the_exception_at_hand_is_logged_by_type(log_lines: LogLines) -> None:
    try:
        raise ValueError(SECRET)  # noqa: TRY301
    except ValueError:
        structlog.get_logger("a.name").exception("Failed")
    (line,) = log_lines()
    assert line["exception"][0].startswith("builtins.ValueError: ")


def test_without_an_exception_at_hand_there_is_none_to_log(
    log_lines: LogLines,
) -> None:
    structlog.get_logger("a.name").error("Failed", exc_info=True)
    assert "exception" not in log_lines()[0]


def test_a_databases_error_is_logged_with_its_sqlstate(log_lines: LogLines) -> None:
    class DatabaseError(Exception):
        sqlstate = "23505"

    structlog.get_logger("a.name").error("No", exc_info=raised(DatabaseError(SECRET)))
    assert "DatabaseError [23505]: " in log_lines()[0]["exception"][0]


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("Error handling request GET /x?q=jane.doe@mail.com", "Error handling request"),
        ("Invalid request from ip=::1: jane.doe@mail.com", "Invalid request"),
    ],
)
def test_gunicorn_does_not_log_what_was_sent(
    log_lines: LogLines, said: str, logged: str
) -> None:
    logging.getLogger("gunicorn.error").warning(said)
    assert log_lines()[0]["message"] == logged


@pytest.mark.parametrize("name", ["django.request", "django.security.DisallowedHost"])
def test_django_does_not_log_paths_and_hosts(log_text: io.StringIO, name: str) -> None:
    logging.getLogger(name).error("Said /jane.doe")
    assert log_text.getvalue() == ""


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR"])
def test_other_libraries_have_a_lower_bound_of_their_own(level: str) -> None:
    loggers = logging_config(level, "JSON")["loggers"]
    wanted = logging.getLevelNamesMapping()[level]
    for name in ("amqp", "kombu", "asyncio", "urllib3"):
        assert loggers[name]["level"] == max(wanted, logging.INFO)
    assert loggers["psycopg"]["level"] == max(wanted, logging.WARNING)


def test_at_debug_no_sql_is_logged() -> None:
    config = logging_config("DEBUG", "JSON")
    assert config["root"]["level"] == "DEBUG"
    assert config["loggers"]["django"]["level"] == logging.INFO


def formatted(style: str, **record: Any) -> str:
    options = dict(logging_config("INFO", style)["formatters"]["lines"])
    options.pop("()")
    made = logging.makeLogRecord({"msg": "Said", "levelname": "INFO", **record})
    return ProcessorFormatter(**options).format(made)


def test_plain_lines_are_for_reading() -> None:
    line = formatted("PLAIN")
    assert "Said" in line
    assert "\x1b[" not in line


def test_coloured_lines_are_coloured() -> None:
    assert "\x1b[" in formatted("COLOUR")


def test_plain_lines_show_exceptions_without_their_text() -> None:
    error = raised(ValueError(SECRET))
    line = formatted("PLAIN", exc_info=(type(error), error, error.__traceback__))
    assert "builtins.ValueError: " in line
    assert SECRET not in line
