"""Whoever reads an answer slowly takes no connection from the others."""

import pytest
from django.db import connection

from clinicians.testing import Api, created
from users_service.api import spools

# Not in a test's own transaction, which would have to keep its connection; and SQLite's
# database in memory lives in its connection.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.mark.parametrize("spool", [1, spools.MEMORY_BYTES])
@pytest.mark.parametrize(
    "path", ["/dhos/v2/clinicians", "/dhos/v1/location/L1/clinician"]
)
def test_a_whole_list_is_sent_without_a_connection(
    path: str, spool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "MEMORY_BYTES", spool)
    created(first_name="Ada")

    answer = Api().get(path)

    assert answer.status_code == 200
    assert answer.streaming is (spool == 1)
    assert connection.connection is None
    assert b"Ada" in answer.getvalue()
