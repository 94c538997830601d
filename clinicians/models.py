"""The clinician and what belongs to one."""

import secrets
import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinicians.hashers import LEGACY_PREFIX
from clinicians.querysets import ClinicianQuerySet
from roles.models import Role
from users_service.database.fields import (
    TEXT_LENGTH,
    CodePointField,
    FoldedField,
    OpaqueIdField,
)

NAME_KEY_LENGTH = 200
"""Names are sorted by this many characters, which an index entry can hold."""

SEARCH_TEXT_LENGTH = 3 * (2 * TEXT_LENGTH + 1)
"""Folding makes at most three characters of one."""

SEND = "SEND"
"""The product whose clinicians carry badges and may be temporary."""

SCALARS = (
    "first_name",
    "last_name",
    "phone_number",
    "job_title",
    "nhs_smartcard_number",
    "email_address",
    "send_entry_identifier",
    "professional_registration_number",
    "agency_name",
    "agency_staff_employee_number",
    "booking_reference",
    "login_active",
    "can_edit_ews",
    "can_edit_encounter",
    "analytics_consent",
    "contract_expiry_eod_date",
)
"""The fields of a clinician that a client sets and that are no lists."""


def new_id() -> str:
    """Return an id for a new row: a UUID4 string."""
    return str(uuid.uuid4())


def new_version() -> int:
    """Return a version: a random number, so that no two states share one by chance.

    A counter would start again for a clinician that was removed and made anew, and
    a sum of counters over a list can stay the same when two of them change.
    40 bits, so that SQLite can add up the versions of eight million clinicians.
    """
    return secrets.randbits(40)


def normalise_email(address: str | None) -> str | None:
    """Return the address as it is stored and compared; None for blanks."""
    return (address or "").strip().lower() or None


class IdentifierBlock(models.Model):
    """Who made a row and who changed it last, and when."""

    created = models.DateTimeField(default=timezone.now)
    created_by = OpaqueIdField()
    modified = models.DateTimeField(default=timezone.now)
    modified_by = OpaqueIdField()

    class Meta:
        abstract = True


class Clinician(IdentifierBlock):
    """A person who logs in by e-mail address or badge number.

    Apart from Django's own users: a clinician is never a way into the admin.
    """

    uuid = OpaqueIdField(primary_key=True, default=new_id)
    first_name = models.CharField(max_length=TEXT_LENGTH, null=True)
    last_name = models.CharField(max_length=TEXT_LENGTH, null=True)
    email_address = CodePointField(max_length=TEXT_LENGTH, null=True)
    send_entry_identifier = CodePointField(
        "badge number", max_length=TEXT_LENGTH, null=True
    )
    phone_number = CodePointField(max_length=TEXT_LENGTH, null=True)
    job_title = CodePointField(max_length=TEXT_LENGTH, null=True)
    nhs_smartcard_number = CodePointField(max_length=TEXT_LENGTH, null=True)
    professional_registration_number = models.CharField(
        max_length=TEXT_LENGTH, null=True
    )
    agency_name = models.CharField(max_length=TEXT_LENGTH, null=True)
    agency_staff_employee_number = models.CharField(max_length=TEXT_LENGTH, null=True)
    booking_reference = models.CharField(max_length=TEXT_LENGTH, null=True)
    login_active = models.BooleanField("active", default=True)
    can_edit_ews = models.BooleanField("can edit EWS", default=False)
    can_edit_encounter = models.BooleanField(null=True)
    analytics_consent = models.BooleanField(null=True)
    contract_expiry_eod_date = models.DateField("contract end", null=True)
    roles = models.ManyToManyField(
        Role, through="ClinicianRole", related_name="clinicians"
    )
    password = models.CharField(max_length=1000, null=True, editable=False)
    version = models.BigIntegerField(default=new_version, editable=False)
    last_name_key = FoldedField(sources=["last_name"], max_length=NAME_KEY_LENGTH)
    first_name_key = FoldedField(sources=["first_name"], max_length=NAME_KEY_LENGTH)
    search_text = FoldedField(
        sources=["last_name", "first_name"], max_length=SEARCH_TEXT_LENGTH
    )

    objects = ClinicianQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["email_address"], name="clinician_email_unique"
            ),
            models.CheckConstraint(
                condition=~Q(email_address=""), name="clinician_email_not_blank"
            ),
        )
        indexes = (
            models.Index(fields=["send_entry_identifier"], name="clinician_badge"),
            models.Index(
                fields=["last_name_key", "first_name_key", "uuid"],
                name="clinician_list_order",
            ),
            models.Index(fields=["modified", "uuid"], name="clinician_modified"),
            models.Index(
                fields=["contract_expiry_eod_date"],
                name="clinician_contract_end",
                condition=Q(contract_expiry_eod_date__isnull=False),
            ),
            models.Index(
                fields=["uuid"],
                name="clinician_legacy_hash",
                condition=Q(password__startswith=LEGACY_PREFIX),
            ),
        )

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def is_temporary(self) -> bool:
        """Whether the contract has an end, be it past."""
        return self.contract_expiry_eod_date is not None

    def contract_ended(self, today: date) -> bool:
        """Whether the contract's last day is before `today`."""
        end = self.contract_expiry_eod_date
        return end is not None and end < today


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
