"""What the API is given never gets into an answer's headers as more than a value.

Without a server in between: one refuses much of this before the service sees it.
"""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client, override_settings

from clinicians.testing import Api, clinician_body, json_of
from roles.testing import bearer
from users_service.routes import Route, routes
from users_service.tests.sizes import sized
from users_service.tests.test_every_route import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

ROUTES = routes()
BREAKS = ["\r\n", "\u560a\u560d", "\n", "\r", "\x0b", "\x85", "\u2028", "é", "\t", '"']
# At most 36 characters, as an id has.
HOSTILE = [f"A{each}X-Injected: yes" for each in BREAKS]
TEXTS = sized(quick=2, soak=len(HOSTILE))
# Every header that the service sends by itself.
HEADERS = {
    *("Content-Type", "Content-Length", "Content-Security-Policy", "Cache-Control"),
    *("X-Request-ID", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"),
    *("Cross-Origin-Opener-Policy", "ETag", "Allow", "Vary", "Retry-After"),
    *("WWW-Authenticate", "Deprecation", "Link"),
}
TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]+"')


def assert_plain(answer: Any) -> None:
    """Check that only our own headers are there, each of them one line of ASCII."""
    assert answer.status_code < 500
    assert set(answer.headers) <= HEADERS
    for name, value in answer.headers.items():
        assert value.isascii(), name
        assert value.isprintable(), name
        assert "Injected" not in value or name == "X-Request-ID"
    assert TAG.fullmatch(answer.headers.get("ETag", '"none"'))


@pytest.mark.parametrize("route", ROUTES, ids=str)
@override_settings(ALLOW_DROP_DATA=True)
def test_no_id_query_or_header_splits_an_answer(route: Route) -> None:
    token = everything()
    for text in HOSTILE[:TEXTS]:
        ids = dict.fromkeys(("clinician_id", "location_id", "patient_id"), quote(text))
        targets = [route.to(**ids), f"{route.to(**ids)}?{quote(text)}={quote(text)}"]
        for target in (*targets, f"{targets[0]}?q={quote(text)}&email={quote(text)}"):
            for credentials in (bearer(token), bearer(text), {}):
                sent: dict[str, Any] = {
                    **credentials,
                    "HTTP_X_REQUEST_ID": text,
                    "HTTP_IF_NONE_MATCH": text,
                    "HTTP_IF_MATCH": text,
                    "HTTP_USERAUTHORIZATION": text,
                }
                assert_plain(Client().generic(route.method, target, **sent))
        for method in ("OPTIONS", f"X{text}"):
            assert_plain(Client().generic(method, route.to(**ids)))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_stored_value_splits_an_answer(text: str) -> None:
    """Ids are kept verbatim, and text may have line breaks."""
    fields = dict.fromkeys(("first_name", "job_title", "agency_name"), text)
    body = clinician_body(uuid=text, locations=[text], bookmarks=[text], **fields)
    made = Api().post("/dhos/v1/clinician", body)
    path = f"/dhos/v1/clinician/{quote(text, safe='')}"

    assert json_of(made)["uuid"] == text
    assert_plain(made)
    answer = Api().get(path)
    assert answer.status_code == 200
    for each in (
        answer,
        Api().get(path, If_None_Match=answer["ETag"]),
        Api().patch(path, {"job_title": "nurse"}, If_Match=answer["ETag"]),
        Api().post("/dhos/v1/clinician", body),
        Api().get(f"/dhos/v1/clinicians?q={quote(text)}"),
        Api().get(f"/dhos/v1/location/{quote(text, safe='')}/clinician"),
    ):
        assert_plain(each)
