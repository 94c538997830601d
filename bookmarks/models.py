"""Location and patient bookmarks."""

from django.db import models

from clinicians.models import Clinician
from users_service.database.fields import OpaqueIdField


class LocationBookmark(models.Model):
    """A location that a clinician marked."""

    clinician = models.ForeignKey(
        Clinician, models.CASCADE, related_name="location_bookmarks", db_index=False
    )
    location_id = OpaqueIdField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinician", "location_id"], name="location_bookmark_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.location_id}"


class PatientBookmark(models.Model):
    """A patient that a clinician marked."""

    clinician = models.ForeignKey(
        Clinician, models.CASCADE, related_name="patient_bookmarks", db_index=False
    )
    patient_id = OpaqueIdField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinician", "patient_id"], name="patient_bookmark_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.patient_id}"
