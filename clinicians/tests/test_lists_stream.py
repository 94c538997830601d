"""Whole lists of any length."""

import json
from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import connection
from django.test import Client

from clinicians import documents
from clinicians.documents import Wanted
from clinicians.forms import Form
from clinicians.models import Clinician
from clinicians.testing import Api, json_of
from users_service.api import spools
from users_service.database.cursors import CHUNK_ROWS

NUMBER = 2000


def store(number: int = NUMBER) -> list[str]:
    """Store clinicians whose order is not that of their insertion."""
    rows = [
        Clinician(uuid=f"{n:05}", last_name=f"Name {n * 7919 % number:05}")
        for n in range(number)
    ]
    Clinician.objects.bulk_create(rows)
    return [row.pk for row in sorted(rows, key=lambda row: str(row.last_name))]


@pytest.mark.django_db
@pytest.mark.parametrize("spool_bytes", [spools.MEMORY_BYTES, 1000])
def test_a_whole_list_is_whole_and_in_order(
    spool_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "MEMORY_BYTES", spool_bytes)
    ids = store()
    assert len(ids) > CHUNK_ROWS

    response = Api().get("/dhos/v2/clinicians?expanded=true")

    body = response.getvalue()
    assert int(response.headers["Content-Length"]) == len(body)
    shown = json.loads(body)
    assert [item["uuid"] for item in shown["results"]] == ids
    assert shown["total"] == NUMBER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["", "?offset=10", "?limit=5", "?q=name"])
def test_no_transaction_stays_open(query: str) -> None:
    store(CHUNK_ROWS + 20)

    response = Api().get(f"/dhos/v1/clinicians{query}")

    assert response.status_code == 200
    assert not connection.in_atomic_block
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        status = connection.connection.info.transaction_status
        assert status == status.IDLE
    assert json_of(response)


@pytest.mark.django_db(transaction=True)
def test_a_list_is_read_to_its_end_before_the_answer_starts() -> None:
    """So a slow reader holds no connection."""
    ids = store(CHUNK_ROWS + 20)

    response = Api().get("/dhos/v1/clinicians")
    Clinician.objects.all().delete()

    assert [item["uuid"] for item in json_of(response)] == ids


@pytest.mark.postgresql  # SQLite's is one statement; in memory it keeps writers out
@pytest.mark.django_db(transaction=True)
def test_a_list_is_one_snapshot() -> None:
    ids = store(CHUNK_ROWS + 20)

    stream = documents.stream(Wanted(Form.COMPACT, Clinician.objects.all()))
    first = next(stream)
    _in_another_connection(ids[-1])
    rest = list(stream)

    assert len([first, *rest]) == len(ids)
    assert f'"{ids[-1]}"' in rest[-1]


def _in_another_connection(doomed: str) -> None:
    def delete() -> None:
        Clinician.objects.filter(pk=doomed).delete()
        connection.close()

    thread = Thread(target=delete)
    thread.start()
    thread.join()
    assert not Clinician.objects.filter(pk=doomed).exists()


@pytest.mark.django_db
def test_a_fault_on_the_way_is_an_error_and_not_half_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(3)

    def broken(*_: object) -> Iterator[str]:
        yield '{"uuid": "half"}'
        raise ZeroDivisionError

    monkeypatch.setattr(documents, "stream", broken)

    response = Client(raise_request_exception=False).get(
        "/dhos/v1/clinicians", headers=Api().headers
    )

    assert response.status_code == 500
    assert b"half" not in response.getvalue()
