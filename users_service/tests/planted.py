"""Values that must not come out again, and all the places where they could.

A test plants them in what it sends, or finds them in what is stored; `Watch` keeps what
the service answers, logs, counts, prints and stores meanwhile.
"""

import base64
import io
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from structlog.stdlib import ProcessorFormatter

from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import Clinician
from users_service import monitoring
from users_service.logs import RENDERERS, logging_config

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SECRET_COLUMNS = {
    ("clinicians_clinician", "password"),
    ("auth_user", "password"),
    ("otp_totp_totpdevice", "key"),
}
"""Where hashes, and the keys of codes, are kept; nothing else may hold them."""

SECRET_SETTINGS = (
    *("HS_KEY", "HS_KEY_PREVIOUS", "AUTH0_HS_KEY", "SECRET_KEY"),
    "RABBITMQ_PASSWORD",
)

OF_OPERATORS = ("log as", "metrics")
"""How the places are called that people see who may not see the store."""

SHORT = 8
"""What is no longer may stand somewhere by chance."""

PASSWORD = "Zq7PlantedPassword"
DIGEST = "5a71" * 128
SALT = "Zq7PlantedSaltOfThirtyTwoLetters"
TOKEN = "Zq7PlantedOpaqueToken"
CODE = "917253"
HASHED = ("argon2$argon2id$", LEGACY_PREFIX)
"""What any stored text of a password begins with."""

PERSON = {
    "first_name": "Zq7Firstname",
    "last_name": "Zq7Lastname",
    "email_address": "zq7person@planted.example",
    "phone_number": "07709177253",
    "nhs_smartcard_number": "918273645546",
    "send_entry_identifier": "Zq7Badge",
}
"""A person, of whom nothing may stand in logs or metrics."""


class Lines:
    """What is logged in one format while a test runs, as written, and how often."""

    def __init__(self, style: str) -> None:
        options = dict(logging_config("INFO", style)["formatters"]["lines"])
        options.pop("()")
        self.style, self.written, self.events = style, io.StringIO(), 0
        self._handler = logging.StreamHandler(self.written)
        self._handler.setFormatter(ProcessorFormatter(**options))
        self._handler.addFilter(self._count)

    def _count(self, _record: logging.LogRecord) -> bool:
        self.events += 1
        return True

    def text(self) -> str:
        """Return the lines, without the colours that are ours."""
        text = self.written.getvalue()
        return COLOURS.sub("", text) if self.style == "COLOUR" else text

    @contextmanager
    def kept(self) -> Iterator["Lines"]:
        """Keep what is logged during the block."""
        logging.getLogger().addHandler(self._handler)
        try:
            yield self
        finally:
            logging.getLogger().removeHandler(self._handler)


class Watch:
    """Keeps all that comes out of the service during a test."""

    def __init__(self) -> None:
        self.logs = [Lines(style) for style in sorted(RENDERERS)]
        self.answers: list[str] = []
        self.tokens: list[str] = []
        self.printed: list[str] = []

    @contextmanager
    def over(self, patch: pytest.MonkeyPatch) -> Iterator["Watch"]:
        """Watch during the block."""
        request, encode = Client.request, jwt.PyJWS.encode

        def asked(client: Client, **environ: Any) -> Any:
            answer = request(client, **environ)
            self.answers.append(text_of(answer))
            return answer

        def encoded(*given: Any, **how: Any) -> str:
            self.tokens.append(encode(*given, **how))
            return self.tokens[-1]

        patch.setattr(Client, "request", asked)
        patch.setattr(jwt.PyJWS, "encode", encoded)
        with ExitStack() as stack:
            for each in self.logs:
                stack.enter_context(each.kept())
            yield self

    def places(self) -> dict[str, str]:
        """Return the text of every place, by its name."""
        logs = {f"log as {each.style}": each.text() for each in self.logs}
        return {
            **logs,
            "metrics": counted(series()),
            "answers": "\n".join(self.answers),
            "printed": "\n".join(self.printed),
            **tables(),
        }

    def found(
        self,
        secrets: Iterable[str],
        people: Iterable[str] = (),
        but: Iterable[str] = (),
    ) -> list[Any]:
        """Return the places in which a secret stands in some form, each with it.

        And those of logs and metrics, in which somebody is named.
        """
        forms = {form for each in secrets for form in forms_of(each)}
        assert forms
        places = {name: t for name, t in self.places().items() if name not in set(but)}
        found = [
            (name, form)
            for name, text in places.items()
            for form in forms
            if stands_in(form, text)
        ]
        named = [
            (name, person)
            for name, text in places.items()
            for person in people
            if name.startswith(OF_OPERATORS) and is_named_in(person, text)
        ]
        return [*found, *named]

    def own_secrets(self) -> list[str]:
        """Return what the service was given to keep: tokens, keys, hashes."""
        signatures = [each.rpartition(".")[2] for each in self.tokens]
        keys = [getattr(settings, name) for name in SECRET_SETTINGS]
        keys.append(str(connection.settings_dict["PASSWORD"]))
        hashes = [
            each.rpartition("$")[2]
            for model in (Clinician, User)
            for each in model._default_manager.values_list("password", flat=True)
            if each
        ]
        devices = TOTPDevice.objects.values_list("key", flat=True)
        long = [*signatures, *keys, *hashes, *devices, *HASHED]
        return [each for each in long if len(each) > SHORT]


def series() -> tuple[Any, ...]:
    """Return what is counted, without the numbers."""
    metrics = list(monitoring.OWN._collector_to_names)
    return tuple((each, *getattr(each, "_metrics", ())) for each in metrics)


@lru_cache(maxsize=1)
def counted(_series: tuple[Any, ...]) -> str:
    """Return the metrics, written anew only when there is something new in them."""
    return monitoring.metrics().decode()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watch over a test; a module takes it over: `watch = planted.watch`."""
    with Watch().over(monkeypatch) as watching:
        yield watching


def forms_of(secret: str) -> set[str]:
    """Return a secret as it is, and as it may be written."""
    raw = secret.encode()
    # How a part of a longer text looks in base 64 depends on where it begins.
    shifted = [base64.b64encode(b"x" * at + raw)[4:-4].decode() for at in range(3)]
    encoded = [each for each in shifted if len(each) > SHORT]
    return {secret, quote(secret, safe=""), raw.hex(), *encoded}


def stands_in(form: str, text: str) -> bool:
    """Tell whether a text has a secret in it: a short one as a word of its own."""
    if len(form) > SHORT:
        return form in text
    return re.search(rf"(?<![\w.-]){re.escape(form)}(?![\w-])", text) is not None


def is_named_in(person: str, text: str) -> bool:
    """Tell whether a text has somebody's name, number or address, in any case."""
    return person.lower() in text.lower()


def text_of(answer: Any) -> str:
    """Return status, headers, cookies and body of an answer, which stays readable."""
    body = b""
    if answer.streaming:
        parts = list(answer.streaming_content)
        answer.streaming_content = parts
        body = b"".join(parts)
    else:
        body = answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return f"{answer.status_code}\n{headers}\n{answer.cookies}\n{body.decode()}"


def tables() -> dict[str, str]:
    """Return all that is stored, by table, but for the columns made for secrets."""
    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [each[0] for each in cursor.description]
            kept = [
                at
                for at, name in enumerate(names)
                if (table, name) not in SECRET_COLUMNS
            ]
            stored[f"table {table}"] = "\n".join(
                str(row[at]) for row in cursor.fetchall() for at in kept
            )
    sessions = [str(each.get_decoded()) for each in Session.objects.all()]
    return {**stored, "sessions, decoded": "\n".join(sessions)}


class Failing:
    """A database that fails at one statement, with all there is in the message."""

    def __init__(self, at: int, kind: type[Exception] = ProgrammingError) -> None:
        self.left, self.kind, self.failed = at, kind, False

    def __call__(
        self, execute: Any, sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Execute a statement, or fail."""
        self.left -= 1
        if self.left == 0:
            self.failed = True
            cause = ValueError(f"Key (email_address)=({params}) is not right")
            raise self.kind(f"{sql} with {params}") from cause
        return execute(sql, params, many, context)

    @contextmanager
    def used(self) -> Iterator["Failing"]:
        """Fail during the block, of which nothing is kept."""
        before = transaction.savepoint()
        with connection.execute_wrapper(self):
            yield self
        connection.needs_rollback = False
        transaction.savepoint_rollback(before)


FAILURES = (ProgrammingError, OperationalError)
