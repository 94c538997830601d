"""What callers see while another transaction holds one clinician's row."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import transaction

from clinicians.services.locking import lock_clinician
from clinicians.testing import clinician_body
from users_service.tests.live import LiveServer

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

HELD = "Somebody else is changing this, try again"
CLINICIAN = "/dhos/v1/clinician"
WRITES: list[tuple[str, str, Any]] = [
    ("PATCH", f"{CLINICIAN}/held", {"job_title": "matron"}),
    ("PATCH", f"{CLINICIAN}/held/delete", {"locations": ["L1"]}),
    ("PATCH", f"{CLINICIAN}?email=held@example.com", {"password": "An invented one"}),
    (
        "POST",
        f"{CLINICIAN}/held/terms_agreement",
        {"product_name": "GDM", "version": 1},
    ),
    ("POST", f"{CLINICIAN}/held/location/L7/bookmark", None),
    ("DELETE", f"{CLINICIAN}/held/location/L7/bookmark", None),
]


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[LiveServer]:
    """Run one worker with a clinician `held` and one `free`."""
    running = LiveServer(
        tmp_path, WEB_CONCURRENCY="1", THREADS="48", LOCK_WAIT_SECONDS="1"
    )
    running.created(uuid="held", email_address="held@example.com")
    running.created(uuid="free")
    yield running
    running.stop()


def assert_held(answer: requests.Response) -> None:
    assert (answer.status_code, answer.json()["message"]) == (503, HELD)
    assert int(answer.headers["Retry-After"]) > 0


def test_each_write_of_a_held_row_is_503_with_its_own_sentence(
    server: LiveServer,
) -> None:
    with transaction.atomic():
        lock_clinician("held")
        for write in WRITES:
            assert_held(server.ask(*write))
    for write in WRITES:
        assert server.ask(*write).status_code in {200, 201, 204}


def test_other_routes_answer_while_many_writes_wait_for_a_row(
    server: LiveServer, record_property: Any
) -> None:
    bookmark = f"{CLINICIAN}/held/location/L7/bookmark"
    seconds = list[float]()
    with ThreadPoolExecutor(30) as pool, transaction.atomic():
        lock_clinician("held")
        waiting = [pool.submit(server.ask, "POST", bookmark) for _ in range(30)]
        while not all(each.done() for each in waiting):
            for path in ("/healthcheck", f"{CLINICIAN}/free", f"{CLINICIAN}/held"):
                answer = server.ask("GET", path)
                assert answer.status_code == 200, answer.text
                seconds.append(answer.elapsed.total_seconds())
        for each in waiting:
            assert_held(each.result())
    assert seconds
    figure = f"30 writes 503; {len(seconds)} reads beside them 200, the slowest after"
    record_property("figure", f"{figure} {max(seconds):.2f} s")


def test_login_succeeds_while_the_row_is_held(server: LiveServer) -> None:
    set_password = WRITES[2]
    assert server.ask(*set_password).status_code == 200
    with transaction.atomic():
        lock_clinician("held")
        answer = server.log_in("held@example.com", "An invented one")
    assert answer.status_code == 200


def test_bulk_of_another_clinician_is_stored_while_a_row_is_held(
    server: LiveServer,
) -> None:
    with transaction.atomic():
        lock_clinician("held")
        answer = server.ask("POST", f"{CLINICIAN}/bulk", [clinician_body(uuid="new")])
    assert answer.json() == {"created": 1}
