"""What belongs to a clinician."""

from django.db import models
from django.db.models import Q

from clinicians.models.clinician import Clinician
from clinicians.models.identifiers import IdentifierBlock, new_id
from roles.models import Role
from users_service.database.fields import TEXT_LENGTH, CodePointField, OpaqueIdField

SEND = "SEND"
"""The product whose clinicians carry badges and may be temporary."""


class ClinicianRole(models.Model):
    """A role that a clinician has."""

    clinician = models.ForeignKey(Clinician, models.CASCADE, db_index=False)
    role = models.ForeignKey(Role, models.PROTECT, db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinician", "role"], name="clinician_role_once"
            ),
        )
        indexes = (
            models.Index(fields=["role", "clinician"], name="clinicians_of_role"),
        )

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.role_id}"


class ClinicianLocation(models.Model):
    """A location that a clinician works at."""

    clinician = models.ForeignKey(
        Clinician, models.CASCADE, related_name="locations", db_index=False
    )
    location_id = OpaqueIdField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinician", "location_id"], name="clinician_location_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["location_id", "clinician"], name="clinicians_of_location"
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinician_id}: {self.location_id}"


class Product(IdentifierBlock):
    """A product that a clinician uses, from a day, perhaps to a day.

    The number `id` keeps the order in which a clinician's products were added.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = OpaqueIdField(default=new_id)
    clinician = models.ForeignKey(
        Clinician, models.CASCADE, related_name="products", db_index=False
    )
    product_name = CodePointField(max_length=TEXT_LENGTH)
    opened_date = models.DateField()
    closed_date = models.DateField(null=True)
    closed_reason = models.CharField(max_length=TEXT_LENGTH, null=True)
    closed_reason_other = models.CharField(max_length=TEXT_LENGTH, null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["uuid"], name="product_uuid_unique"),
            models.UniqueConstraint(
                fields=["clinician", "product_name"],
                condition=Q(closed_date__isnull=True),
                name="product_open_once",
            ),
        )
        indexes = (
            models.Index(fields=["clinician", "id"], name="products_of_clinician"),
            models.Index(
                fields=["product_name", "clinician"], name="clinicians_of_product"
            ),
        )

    def __str__(self) -> str:
        return str(self.product_name)


def _version_has_time(version: str, timestamp: str) -> Q:
    return Q(**{f"{version}__isnull": True}) | Q(**{f"{timestamp}__isnull": False})


class TermsAgreement(IdentifierBlock):
    """What a clinician agreed to for a product. A version always has its time."""

    id = models.BigAutoField(primary_key=True)
    uuid = OpaqueIdField(default=new_id)
    clinician = models.ForeignKey(
        Clinician, models.CASCADE, related_name="terms_agreements", db_index=False
    )
    product_name = CodePointField(max_length=TEXT_LENGTH)
    version = models.IntegerField(null=True)
    accepted_timestamp = models.DateTimeField(null=True)
    tou_version = models.IntegerField(null=True)
    tou_accepted_timestamp = models.DateTimeField(null=True)
    patient_notice_version = models.IntegerField(null=True)
    patient_notice_accepted_timestamp = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["uuid"], name="agreement_uuid_unique"),
            models.CheckConstraint(
                condition=_version_has_time("version", "accepted_timestamp")
                & _version_has_time("tou_version", "tou_accepted_timestamp")
                & _version_has_time(
                    "patient_notice_version", "patient_notice_accepted_timestamp"
                ),
                name="agreement_version_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["clinician", "product_name"], name="agreements_of_clinician"
            ),
        )

    def __str__(self) -> str:
        return str(self.product_name)
