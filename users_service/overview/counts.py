"""What the overview counts.

Live, by small indexes: contracts that end, locked logins, today's logins, undelivered
messages. Up to a minute old, since all clinicians are counted: active, inactive,
temporary, per role, unrecognised roles. Days that are over do not change any more and
are kept for an hour, unless the trail is pruned meanwhile.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, cast

from django.core.cache import cache
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from clinicians.models import Clinician, ClinicianRole, LoginGuard
from roles.models import Role
from users_service.journal.models import AuditEntry
from users_service.local_date import today

MINUTE, HOUR = 60, 3600
DAYS = 30
"""So many days of logins are shown, today included."""

SUCCEEDED, FAILED = "login.succeeded", "login.failed"
MOST_ROLES = 12
"""So many roles are shown, those of the most clinicians."""


class Totals(NamedTuple):
    """How many clinicians there are, and when they were counted."""

    active: int
    inactive: int
    temporary: int
    counted: datetime


class Ending(NamedTuple):
    """How many contracts end within so many days, from today on."""

    week: int
    month: int


class Roles(NamedTuple):
    """Clinicians per role, the most first, and those of unrecognised roles."""

    shown: list[tuple[str, int]]
    others: int
    unrecognised: int
    affected: int
    counted: datetime


class Day(NamedTuple):
    """The logins of a day, UTC."""

    day: date
    succeeded: int
    failed: int


def totals() -> Totals:
    """Return the numbers of clinicians, up to a minute old."""
    return cast("Totals", _kept("overview.totals", _totals))


def ending() -> Ending:
    """Return how many contracts end soon. The last day still counts."""
    start = today()
    upto = "contract_expiry_eod_date__lte"
    within = {
        name: Count("contract_expiry_eod_date", filter=Q(**{upto: start + length}))
        for name, length in (("week", timedelta(7)), ("month", timedelta(30)))
    }
    # The range is what the index is asked for.
    soon = Clinician.objects.filter(
        contract_expiry_eod_date__range=(start, start + timedelta(30))
    )
    return Ending(**soon.aggregate(**within))


def locked() -> int:
    """Return how many clinicians failed logins keep out at the moment."""
    return LoginGuard.objects.filter(locked_until__gt=timezone.now()).count()


def roles() -> Roles:
    """Return how many clinicians have which role, up to a minute old."""
    return cast("Roles", _kept("overview.roles", _roles))


def logins() -> list[Day]:
    """Return the logins of the last DAYS days of UTC, the latest day last."""
    latest = timezone.now().date()
    first = latest - timedelta(DAYS - 1)
    # Whatever is pruned, the trail then begins with another entry.
    oldest = AuditEntry.objects.order_by("id").values_list("id", flat=True).first()
    key = f"overview.logins.{latest}.{oldest}"
    past = _kept(key, lambda: _logins(first, latest), HOUR)
    numbers = {**past, **_logins(latest, latest + timedelta(1))}
    days = [first + timedelta(number) for number in range(DAYS)]
    return [
        Day(day, numbers.get((day, SUCCEEDED), 0), numbers.get((day, FAILED), 0))
        for day in days
    ]


def _kept(key: str, count: Callable[[], Any], seconds: int = MINUTE) -> Any:
    return cache.get_or_set(key, count, seconds)


def _totals() -> Totals:
    inactive = Clinician.objects.filter(login_active=False).count()
    temporary = Clinician.objects.filter(contract_expiry_eod_date__isnull=False)
    # All and the few, each in an index: to look at `login_active` takes every row.
    everybody = Clinician.objects.count()
    return Totals(everybody - inactive, inactive, temporary.count(), timezone.now())


def _roles() -> Roles:
    per_role = ClinicianRole.objects.values_list("role_id").annotate(number=Count("*"))
    ranked = sorted(per_role, key=lambda row: (-row[1], row[0]))
    unknown = list(Role.objects.filter(recognised=False).values_list("pk", flat=True))
    holders = ClinicianRole.objects.filter(role__in=unknown)
    affected = holders.aggregate(number=Count("clinician", distinct=True))["number"]
    shown, others = ranked[:MOST_ROLES], len(ranked[MOST_ROLES:])
    return Roles(shown, others, len(unknown), affected, timezone.now())


def _logins(first: date, end: date) -> dict[tuple[date, str], int]:
    """Return day and action to number, from the `first` day until before the `end`."""
    entries = AuditEntry.objects.filter(
        created__gte=_midnight(first), created__lt=_midnight(end)
    )
    by_day = (
        entries.values_list(TruncDate("created")).annotate(number=Count("*")).order_by()
    )
    # One action at a time: of both at once PostgreSQL would read the whole index.
    return {
        (day, action): number
        for action in (SUCCEEDED, FAILED)
        for day, number in by_day.filter(action=action)
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
