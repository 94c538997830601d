"""The first requests of a fresh server, sent at the same time."""

from pathlib import Path

import pytest

from users_service.tests.live import LiveServer, at_once

ROUTES = [
    "/openapi.json",
    "/docs",
    "/admin/login/",
    "/static/admin/css/base.css",
    "/running",
    "/version",
    "/metrics",
    "/healthcheck",
    "/dhos/v1/roles",
    "/dhos/v1/clinicians",
    "/dhos/v2/clinicians",
    "/dhos/v1/location/ward-7/clinician",
    "/dhos/v2/audit",
]
# They name times, counts or a token of the page.
VARYING = {"/metrics", "/healthcheck", "/admin/login/"}
EXPECTED = 200


@pytest.mark.django_db(transaction=True)
def test_first_requests_at_once_have_the_same_right_answer(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, WEB_CONCURRENCY="1")
    try:
        for path in ROUTES:
            answers = at_once(lambda path: server.ask("GET", path), [path] * 50, 50)
            assert {each.status_code for each in answers} == {EXPECTED}, path
            if path not in VARYING:
                assert len({each.content for each in answers}) == 1, path
    finally:
        server.stop()
