"""What is kept of failed logins."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from clinicians.models.clinician import Clinician

LOCK_MINUTES = (1, 2, 4, 8, 15)
"""How long the first locks of a row of failures last; every further one as the last."""

FORGOTTEN_AFTER = timedelta(hours=24)
"""A row of failures is forgotten this long after the last of them."""


class LoginGuard(models.Model):
    """How often a clinician's password was got wrong in a row, and who tries it now.

    Apart from the clinician, whose row no failed login touches; made at the first
    login, and written by `clinicians.services.lockout` alone.
    """

    clinician = models.OneToOneField(
        Clinician, models.CASCADE, primary_key=True, related_name="login_guard"
    )
    failures = models.PositiveIntegerField(default=0)
    last_failed = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    in_flight = models.PositiveIntegerField(default=0)
    last_entered = models.DateTimeField(null=True)
    settled = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(
                fields=["locked_until"],
                name="login_guard_locked",
                condition=models.Q(locked_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.failures} failures"

    def is_locked(self, now: datetime) -> bool:
        """Whether nobody may log in until a moment after `now`."""
        return self.locked_until is not None and self.locked_until > now

    @property
    def is_full(self) -> bool:
        """Whether as many attempts are in flight as failures are left."""
        limit = settings.LOGIN_FAILURES_PER_LOCK
        return self.in_flight >= limit - self.failures % limit

    def settle(self, attempts: int = 1) -> None:
        """Take note that so many attempts are no longer in flight."""
        self.in_flight = max(0, self.in_flight - attempts)
        self.settled += 1

    def add_failures(self, number: int, now: datetime) -> None:
        """Count failures, and lock the account when they reach the limit again."""
        if self.last_failed is not None and self.last_failed < now - FORGOTTEN_AFTER:
            self.failures = 0
        limit = settings.LOGIN_FAILURES_PER_LOCK
        locks_before = self.failures // limit
        self.failures += number
        self.last_failed = now
        if (locks := self.failures // limit) > locks_before:
            minutes = LOCK_MINUTES[min(locks, len(LOCK_MINUTES)) - 1]
            self.locked_until = now + timedelta(minutes=minutes)

    def forget_failures(self) -> None:
        """End the row of failures, and the lock with it."""
        self.failures = 0
        self.last_failed = self.locked_until = None
