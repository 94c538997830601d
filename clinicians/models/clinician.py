"""The clinician."""

from datetime import date

from django.db import models
from django.db.models import Q

from clinicians.hashers import LEGACY_PREFIX
from clinicians.models.identifiers import IdentifierBlock, new_id, new_version
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

REQUIRED = (
    "first_name",
    "last_name",
    "phone_number",
    "job_title",
    "nhs_smartcard_number",
)
"""Those of them that every new clinician has, if only as ""; a PATCH may null them."""


def normalise_email(address: str | None) -> str | None:
    """Return the address as it is stored and compared; None for blanks."""
    return (address or "").strip().lower() or None


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
        permissions = (("grant_can_edit_ews", "Can grant can_edit_ews"),)
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
            models.Index(fields=["nhs_smartcard_number"], name="clinician_smartcard"),
            models.Index(
                fields=["last_name_key", "first_name_key", "uuid"],
                name="clinician_inactive",
                condition=Q(login_active=False),
            ),
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
