"""Contracts end, and products are opened, by the days of LOCAL_TIME_ZONE."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from clinicians.admin.login_state import login_state
from clinicians.models import Clinician
from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    logged_in,
    set_password,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

ADDRESS = "ada@example.com"
PASSWORD = "Correct horse 1"
# An hour before midnight of UTC; the day after has begun in London's summer time.
SUMMER = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)


def login_status() -> int:
    status: int = logged_in(ADDRESS, PASSWORD).status_code
    return status


@pytest.mark.parametrize(
    ("zone", "last_good"),
    [
        ("UTC", datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 5, 1, 22, 59, 59, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 5, 1, 11, 59, 59, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 5, 2, 6, 59, 59, tzinfo=UTC)),
    ],
)
def test_login_ends_at_local_midnight_after_the_last_day(
    zone: str, last_good: datetime, settings: Any
) -> None:
    settings.LOCAL_TIME_ZONE = zone
    created(uuid="ada", email_address=ADDRESS, contract_expiry_eod_date="2026-05-01")
    set_password(ADDRESS, PASSWORD)
    with time_machine.travel(last_good, tick=False) as clock:
        assert login_status() == 200
        clock.shift(1)
        ended = login_state(Clinician.objects.get(pk="ada")).obstacles
        assert ended == ["The contract ended on 1 May 2026."]
        assert login_status() == 403


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2026-07-01"), ("Europe/London", "2026-07-02")]
)
@pytest.mark.time_machine(SUMMER, tick=False)
def test_product_without_a_date_is_opened_on_the_local_day(
    zone: str, day: str, settings: Any
) -> None:
    settings.LOCAL_TIME_ZONE = zone
    product = {"product_name": "GDM"}
    assert created(products=[product])["products"][0]["opened_date"] == day
    item = clinician_body(uuid="b", products=[product])
    assert Api().post("/dhos/v1/clinician/bulk", [item]).status_code == 200
    path = "/dhos/v1/clinician/b"
    body = json_of(Api().patch(path, {"products": [{"product_name": "DBM"}]}))
    assert [each["opened_date"] for each in body["products"]] == [day, day]
