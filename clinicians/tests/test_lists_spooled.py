"""Long pages and lists of ids, which are read in chunks and wait on disk."""

import json
from typing import Any

import pytest
from django.http import FileResponse

from clinicians import documents
from clinicians.models import Clinician
from clinicians.testing import Api
from users_service.api import spools
from users_service.database.cursors import CHUNK_ROWS

NUMBER = 3 * CHUNK_ROWS + 7
LIMIT = CHUNK_ROWS + 3
BY_IDS = "/dhos/v1/clinician_list"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stored clinicians in the order of lists, whose answers all wait on disk."""
    monkeypatch.setattr(spools, "MEMORY_BYTES", 1)
    Clinician.objects.bulk_create(
        [
            Clinician(uuid=f"{n:05}", last_name=f"Name {n * 7919 % NUMBER:05}")
            for n in range(NUMBER)
        ]
    )
    ordered = Clinician.objects.order_by("last_name").values_list("pk", flat=True)
    return list(ordered)


def body_of(response: Any) -> Any:
    assert isinstance(response, FileResponse)
    return json.loads(response.getvalue())


@pytest.mark.parametrize("offset", [0, 5, NUMBER - LIMIT, NUMBER - 9, NUMBER + 1])
@pytest.mark.parametrize("far", [documents.FAR, 1])
@pytest.mark.parametrize("query", ["", "&q=name&order=asc&sort=last_name"])
def test_long_page_at_any_offset_is_whole_and_in_order(
    ids: list[str], offset: int, far: int, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "FAR", far)
    path = f"clinicians?limit={LIMIT}&offset={offset}{query}"

    bare = body_of(Api().get(f"/dhos/v1/{path}"))
    page = body_of(Api().get(f"/dhos/v2/{path}"))

    assert [each["uuid"] for each in bare] == ids[offset : offset + LIMIT]
    assert page == {"results": bare, "total": NUMBER}


def test_long_list_of_ids_keeps_their_order_with_null_for_unknown_ones(
    ids: list[str],
) -> None:
    asked = [*ids[::-1], "nobody", *ids[:3], ""]

    found = body_of(Api().post(BY_IDS, asked))

    assert list(found) == [*ids[::-1], "nobody", ""]
    assert found.pop("nobody") is found.pop("") is None
    assert all(found[each]["uuid"] == each for each in found)


def test_long_page_that_has_not_changed_is_304(ids: list[str]) -> None:
    path = f"/dhos/v1/clinicians?limit={LIMIT}"
    first = Api().get(path)
    body = first.getvalue()

    again = Api().get(path, **{"If-None-Match": first["ETag"]})

    assert int(first["Content-Length"]) == len(body)
    assert again.status_code == 304
    Clinician.objects.filter(pk=ids[0]).delete()
    changed = Api().get(path, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert ids[0] not in [each["uuid"] for each in body_of(changed)]
    again.close()  # gives the connection back
