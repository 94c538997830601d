"""The page of one clinician."""

from typing import TYPE_CHECKING

from django.contrib import admin

from clinicians.admin.inlines import (
    AgreementInline,
    LocationInline,
    ProductInline,
    RoleInline,
)
from clinicians.models import Clinician
from users_service.pages.read_only import ReadOnly

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Clinician]
else:
    Base = admin.ModelAdmin

READ_ONLY = (
    "This page is read-only. A change to a clinician is audited and announced to the "
    "other services, so it has to be made through the API."
)


class ClinicianPage(ReadOnly, Base):
    """The page's part of the clinicians' admin."""

    inlines = (RoleInline, ProductInline, LocationInline, AgreementInline)
    fieldsets = (
        (
            None,
            {
                "description": READ_ONLY,
                "fields": (
                    "uuid",
                    ("first_name", "last_name"),
                    ("job_title", "phone_number"),
                ),
            },
        ),
        (
            "Login",
            {
                "fields": (
                    ("email_address", "send_entry_identifier"),
                    ("login_active", "contract_expiry_eod_date"),
                    ("can_edit_ews", "can_edit_encounter"),
                )
            },
        ),
        (
            "Registration",
            {
                "fields": (
                    ("nhs_smartcard_number", "professional_registration_number"),
                    ("agency_name", "agency_staff_employee_number"),
                    ("booking_reference", "analytics_consent"),
                )
            },
        ),
        (
            "History",
            {"fields": (("created", "created_by"), ("modified", "modified_by"))},
        ),
    )
