"""Fixtures for the tests of the wiring."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.stdlib import ProcessorFormatter

from clinicians.testing import created, nothing_written
from users_service.logs import logging_config
from users_service.tests.writes import ADDRESS

LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log_text() -> Iterator[io.StringIO]:
    """What the service logs while the test runs, as the bytes that would be written."""
    options = dict(logging_config("INFO", "JSON")["formatters"]["lines"])
    options.pop("()")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ProcessorFormatter(**options))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def log_lines(log_text: io.StringIO) -> LogLines:
    """The same, each line parsed."""
    return lambda: [json.loads(line) for line in log_text.getvalue().splitlines()]


@pytest.fixture
def nothing_is_written(db: None) -> Iterator[None]:
    """Give a store with one clinician, A1, and check that it stays as it is."""
    created(uuid="A1", email_address=ADDRESS)
    with nothing_written():
        yield
