"""The day it is where the clinicians work (setting LOCAL_TIME_ZONE)."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Return the local date: contracts end, and products are opened, by it."""
    return timezone.localdate(timezone=ZoneInfo(settings.LOCAL_TIME_ZONE))
