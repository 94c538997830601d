"""What is kept of failed logins."""

from datetime import datetime

from django.db import models

from clinicians.models.clinician import Clinician


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

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.failures} failures"

    def is_locked(self, now: datetime) -> bool:
        """Whether nobody may log in until a moment after `now`."""
        return self.locked_until is not None and self.locked_until > now
