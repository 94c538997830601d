"""The overview: what it counts, for whom, and where each number leads."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinicians.models import LoginGuard
from clinicians.testing import (
    Api,
    clinician_body,
    created,
    forget_the_trail,
)
from clinicians.tests.pages import staff
from roles.models import Role
from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.overview import counts
from users_service.overview.charts import login_chart

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_nothing_kept")]
LIST = "/admin/clinicians/clinician/"
EVENTS = "/admin/journal/outboxmessage/"
GROUPS = ["Viewers", "Support", "Administrators"]


@pytest.fixture
def _nothing_kept() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def shown(client: Client) -> Any:
    """Return what the page is made of."""
    response = client.get("/admin/")
    assert response.status_code == 200
    return response


def figures(client: Client) -> dict[str, int]:
    """Return the numbers of clinicians, by the query of their link."""
    rows = shown(client).context["clinicians"]
    assert all(row.link.startswith(f"{LIST}?") for row in rows)
    return {row.link.partition("?")[2]: row.number for row in rows}


def attempts(action: str, days_ago: int, number: int = 1) -> None:
    """Store logins of a day."""
    when = timezone.now() - timedelta(days=days_ago)
    for _ in range(number):
        AuditEntry.objects.create(
            action=action, created=when, actor="a", actor_kind="clinician"
        )


@pytest.mark.parametrize("group", GROUPS)
def test_clinicians_are_counted(group: str) -> None:
    today = timezone.now().date()
    for days in (None, -1, 0, 7, 8, 30, 31):
        end = None if days is None else (today + timedelta(days=days)).isoformat()
        created(contract_expiry_eod_date=end)
    created(login_active=False)
    assert figures(staff(group)) == {
        "active=yes": 7,
        "active=no": 1,
        "contract=temporary": 6,
        "contract=7": 2,
        "contract=30": 4,
        "locked=yes": 0,
    }


def test_only_a_lock_that_lasts_counts() -> None:
    now = timezone.now()
    for minutes in (1, -1, None):
        until = now + timedelta(minutes=minutes) if minutes else None
        uuid = created()["uuid"]
        LoginGuard.objects.create(clinician_id=uuid, locked_until=until)
    assert figures(staff("Viewers"))["locked=yes"] == 1


def test_each_number_is_that_of_the_list_it_links_to() -> None:
    created(contract_expiry_eod_date=timezone.now().date().isoformat())
    created(login_active=False)
    client = staff("Viewers")
    for query, number in figures(client).items():
        page = client.get(f"{LIST}?{query}")
        assert (query, page.context["cl"].result_count) == (query, number)


def test_logins_are_counted_by_day() -> None:
    forget_the_trail()
    attempts("login.succeeded", 0, 2)
    attempts("login.failed", 0)
    attempts("login.succeeded", 29)
    attempts("login.succeeded", 30)
    days = shown(staff("Viewers")).context["days"]
    assert len(days) == 30
    assert days[0][1:] == (1, 0)
    assert days[-1] == (timezone.now().date(), 2, 1)
    assert sum(day.succeeded + day.failed for day in days) == 4


def test_pruning_is_seen_at_once() -> None:
    forget_the_trail()
    attempts("login.succeeded", 3)
    assert sum(day.succeeded for day in counts.logins()) == 1
    forget_the_trail()
    attempts("login.failed", 2)
    assert [day.succeeded for day in counts.logins()] == [0] * 30
    assert counts.logins()[-3].failed == 1


def test_no_logins_yet() -> None:
    forget_the_trail()
    page = shown(staff("Viewers"))
    assert login_chart(page.context["days"]) is None
    assert "No logins yet." in page.text


def test_the_busiest_day_reaches_the_top() -> None:
    today = timezone.now().date()
    days = [counts.Day(today, 3, 1), counts.Day(today, 0, 0)]
    chart = login_chart(days)
    assert chart is not None
    assert chart.top == 4
    assert chart.bars[0] == (18.0, 144.0, 30.0, 90.0, 0.0, 30.0)
    assert chart.bars[1].succeeded_height == chart.bars[1].failed_height == 0


def test_clinicians_per_role() -> None:
    created(groups=["GDM Clinician", "SEND Clinician"])
    created(groups=["GDM Clinician"])
    page = shown(staff("Viewers"))
    assert page.context["role_bars"] == [
        ("GDM Clinician", 2, 100.0, f"{LIST}?role=GDM+Clinician"),
        ("SEND Clinician", 1, 50.0, f"{LIST}?role=SEND+Clinician"),
    ]
    assert "No unrecognised roles." in page.text


def test_nobody_has_a_role() -> None:
    assert "Nobody has a role yet." in shown(staff("Viewers")).text


def test_the_largest_roles_are_shown() -> None:
    names = [f"Role {number:02}" for number in range(13)]
    Role.objects.bulk_create(Role(name=name) for name in names)
    created(groups=names)
    page = shown(staff("Viewers"))
    assert len(page.context["role_bars"]) == 12
    assert "And 1 more role with fewer clinicians." in page.text


def test_unrecognised_roles_and_who_has_them_are_told() -> None:
    odd = clinician_body(uuid="odd", groups=["<b>Hearsay", "Rumour"])
    assert Api().post("/dhos/v1/clinician/bulk", [odd]).status_code == 200
    page = shown(staff("Viewers"))
    assert (
        f'<a href="{LIST}?unrecognised=yes">1 clinician</a> with 2 unrecognised roles,'
        " which grant nothing."
    ) in page.text
    assert "<b>Hearsay" not in page.text


def test_undelivered_messages_and_their_age() -> None:
    created()
    past = timezone.now() - timedelta(hours=2, minutes=1)
    OutboxMessage.objects.update(created=past)
    number = OutboxMessage.objects.count()
    events = shown(staff("Viewers")).context["events"]
    assert (events.number, events.link) == (number, f"{EVENTS}?state=waiting")
    assert events.remark == "The oldest has waited 2\xa0hours, 1\xa0minute."


def test_nothing_is_undelivered() -> None:
    events = shown(staff("Viewers")).context["events"]
    assert (events.number, events.remark) == (0, "")


def test_without_permissions_nothing_is_counted() -> None:
    client = staff()
    page = shown(client)
    assert "There is nothing here for you yet." in page.text
    for name in ("clinicians", "roles", "events", "days"):
        assert name not in page.context


@pytest.mark.parametrize(
    ("codename", "seen"),
    [
        ("view_clinician", {"clinicians"}),
        ("view_role", set()),
        ("view_outboxmessage", {"events"}),
        ("view_auditentry", {"days"}),
    ],
)
def test_one_permission_shows_what_it_covers(codename: str, seen: set[str]) -> None:
    client = staff()
    permission = Permission.objects.get(codename=codename)
    User.objects.get().user_permissions.add(permission)
    page = shown(client)
    parts = {"clinicians", "roles", "events", "days"}
    assert {name for name in parts if name in page.context} == seen


def test_totals_are_kept_for_a_while_and_say_when_they_were_counted() -> None:
    client = staff("Viewers")
    assert figures(client)["active=yes"] == 0
    created(contract_expiry_eod_date=timezone.now().date().isoformat())
    page = shown(client)
    assert figures(client)["active=yes"] == 0
    assert figures(client)["contract=7"] == 1
    assert f"counted at {counts.totals().counted:%H:%M} UTC" in page.text


def test_the_number_of_statements_does_not_grow() -> None:
    client = staff("Viewers")
    created()
    shown(client)
    assert statements(client) == statements(client, more=3)


def statements(client: Client, more: int = 0) -> int:
    """Return how many statements a page takes that counts everything anew."""
    for _ in range(more):
        created(groups=["GDM Clinician", "SEND Clinician"])
        attempts("login.failed", 1)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        shown(client)
    return len(captured)
