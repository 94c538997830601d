"""What tests of any app need to talk to the API. Nothing in production imports this."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from clinicians.models import Clinician
from roles.scopes import Scope
from roles.testing import token_for
from users_service.journal.maintenance import allowing
from users_service.journal.models import AuditEntry, OutboxMessage

ALL_SCOPES = " ".join(Scope)


class Api:
    """A program that calls the API with one token.

    Without arguments it is a sister service with every scope. Answers are Django's
    test responses; `json_of` reads their bodies, streamed ones too.
    """

    def __init__(
        self,
        scopes: str = ALL_SCOPES,
        *,
        clinician_id: str | None = None,
        system_id: str | None = None,
    ) -> None:
        if clinician_id is None and system_id is None:
            system_id = "dhos-robot"
        token = token_for(scopes, clinician_id=clinician_id, system_id=system_id)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        """GET; header names with underscores for hyphens, as `If_None_Match`."""
        return self._send("GET", path, None, headers)

    def head(self, path: str, **headers: str) -> Any:
        """HEAD."""
        return self._send("HEAD", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST a JSON body, if there is one; text is sent as it is."""
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """PATCH with a JSON body."""
        return self._send("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE."""
        return self._send("DELETE", path, None, headers)

    def _send(self, method: str, path: str, body: Any, extra: dict[str, str]) -> Any:
        headers = {name.replace("_", "-"): value for name, value in extra.items()}
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.generic(
            method,
            path,
            "" if body is None else data,
            content_type="application/json",
            headers={**self.headers, **headers},
        )


def json_of(response: HttpResponse) -> Any:
    """Return the parsed body of an answer."""
    content = (
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
        if response.streaming
        else response.content
    )
    return json.loads(content)


def clinician_body(**changes: Any) -> dict[str, Any]:
    """Return the body of a valid creation: a permanent clinician of GDM.

    A change to `...` leaves the field out.
    """
    body = {
        "first_name": "Ada",
        "last_name": "Invented",
        "phone_number": "0700 000000",
        "job_title": "midwife",
        "nhs_smartcard_number": "1",
        "locations": ["L1"],
        "groups": ["GDM Clinician"],
        "products": [{"product_name": "GDM", "opened_date": "2024-01-31"}],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def created(**changes: Any) -> dict[str, Any]:
    """Create a clinician as a sister service would; return it in full."""
    response = Api().post("/dhos/v1/clinician", clinician_body(**changes))
    assert response.status_code == 200, response.getvalue()  # noqa: PLR2004
    body: dict[str, Any] = json_of(response)
    return body


def stored(uuid: str, **fields: Any) -> Clinician:
    """Store a clinician behind the API's back, in a state that it would not make."""
    return Clinician.objects.create(uuid=uuid, **fields)


def listed(**parameters: Any) -> list[str]:
    """Return the ids of the list that these parameters ask for, in its order."""
    response = Api().get(f"/dhos/v1/clinicians?{urlencode(parameters)}")
    assert response.status_code == 200, response.getvalue()  # noqa: PLR2004
    return [item["uuid"] for item in json_of(response)]


def logged_in(username: str, password: str) -> Any:
    """Return the answer to a login."""
    encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Api().get("/dhos/v1/clinician/login", UserAuthorization=f"Bearer {encoded}")


def set_password(email_address: str, password: str) -> None:
    """Set the password of whoever has the address."""
    response = Api().patch(
        f"/dhos/v1/clinician?{urlencode({'email': email_address})}",
        {"password": password},
    )
    assert response.status_code == 200, response.getvalue()  # noqa: PLR2004


def announced() -> list[tuple[str, Any]]:
    """Return routing key and body of every message, in the order of the outbox."""
    messages = OutboxMessage.objects.order_by("id").values_list("routing_key", "body")
    return [(key, json.loads(body)) for key, body in messages]


def settled(**changes: Any) -> dict[str, Any]:
    """Create a clinician who last changed in 2020, with an empty journal behind it."""
    past = {"modified": "2020-01-01T00:00:00.000Z", "modified_by": "loader"}
    body = created(**{**past, **changes})
    OutboxMessage.objects.all().delete()
    forget_the_trail()
    return body


def forget_the_trail() -> None:
    """Empty the audit trail."""
    with allowing("prune"):
        AuditEntry.objects.all().delete()


def recorded() -> list[tuple[str, str | None, Any]]:
    """Return action, clinician and changes of every audit entry, in order."""
    rows = AuditEntry.objects.order_by("id")
    return list(rows.values_list("action", "clinician_id", "changes"))


def problem_of(response: HttpResponse) -> tuple[int, Any]:
    """Return the status of an error, and its `errors`, else its `message`.

    Checks that the body has the one shape of errors.
    """
    assert response["Content-Type"] == "application/problem+json"
    body = json_of(response)
    assert body["status"] == response.status_code
    assert body["detail"] == body["message"]
    return response.status_code, body.get("errors", body["message"])


@contextmanager
def nothing_written() -> Iterator[None]:
    """Check that the block leaves every row of the store and the journal alone."""
    before = _rows()
    yield
    assert _rows() == before


def _rows() -> dict[str, Any]:
    """Return what is stored; of roles their numbers, for they are many."""
    rows: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table, statement in _reads():
            cursor.execute(statement)
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows


@cache
def _reads() -> list[tuple[str, str]]:
    """Return each table and what reads it: made once, since a thousand tests ask."""
    reads = []
    for label in ("clinicians", "bookmarks", "roles", "journal"):
        what = "count(*)" if label == "roles" else "*"
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            table = model._meta.db_table
            reads.append((table, f'SELECT {what} FROM "{table}"'))  # noqa: S608
    return reads
