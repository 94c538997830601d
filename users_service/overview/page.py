"""The overview as one member of staff may see it."""

from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from users_service.journal.outbox import backlog
from users_service.overview import counts
from users_service.overview.charts import login_chart, share

CLINICIANS = "admin:clinicians_clinician_changelist"
EVENTS = "admin:journal_outboxmessage_changelist"


class Figure(NamedTuple):
    """A number with its name, and where those are whom it counts."""

    number: int
    label: str
    link: str
    remark: str = ""


class RoleBar(NamedTuple):
    """A role, how many clinicians have it, and the length of its bar."""

    name: str
    number: int
    percent: float
    link: str


def overview(user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the page: only what this person may see is counted."""
    context: dict[str, Any] = {}
    if user.has_perm("clinicians.view_clinician"):
        context |= _clinicians()
        if user.has_perm("roles.view_role"):
            context |= _roles()
    if user.has_perm("journal.view_outboxmessage"):
        context["events"] = _events()
    if user.has_perm("journal.view_auditentry"):
        days = counts.logins()
        context |= {"days": days, "login_chart": login_chart(days)}
    return context


def _people(**parameters: str) -> str:
    return f"{reverse(CLINICIANS)}?{urlencode(parameters)}"


def _clinicians() -> dict[str, Any]:
    totals, ending = counts.totals(), counts.ending()
    figures = [
        Figure(totals.active, "Active", _people(active="yes")),
        Figure(totals.inactive, "Inactive", _people(active="no")),
        Figure(totals.temporary, "Temporary", _people(contract="temporary")),
        Figure(ending.week, "Contract ends within 7 days", _people(contract="7")),
        Figure(ending.month, "Contract ends within 30 days", _people(contract="30")),
        Figure(counts.locked(), "Locked now", _people(locked="yes")),
    ]
    return {"clinicians": figures, "clinicians_counted": totals.counted}


def _roles() -> dict[str, Any]:
    roles = counts.roles()
    largest = roles.shown[0][1] if roles.shown else 0
    bars = [
        RoleBar(name, number, share(number, largest), _people(role=name))
        for name, number in roles.shown
    ]
    return {
        "roles": roles,
        "role_bars": bars,
        "unrecognised": _people(unrecognised="yes"),
    }


def _events() -> Figure:
    waiting = backlog()
    now = timezone.now()
    oldest = timesince(now - timedelta(seconds=waiting.age), now)
    remark = f"The oldest has waited {oldest}." if waiting.age else ""
    link = f"{reverse(EVENTS)}?state=waiting"
    if waiting.failed:
        remark = f"{waiting.failed:,} failed: send again or set aside."
        link = f"{reverse(EVENTS)}?state=failed"
    return Figure(waiting.number, "Undelivered messages", link, remark)
