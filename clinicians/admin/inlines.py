"""What belongs to a clinician, as parts of the clinician's page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clinicians.models import (
    ClinicianLocation,
    ClinicianRole,
    Product,
    TermsAgreement,
)
from users_service.pages.read_only import ReadOnly


class RoleInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Roles, with what becomes of the name of one that grants nothing."""

    model = ClinicianRole
    verbose_name_plural = "roles"
    fields = ("role", "recognised")
    readonly_fields = ("recognised",)

    @admin.display(boolean=True)
    def recognised(self, held: ClinicianRole) -> bool:
        """Whether the role grants anything."""
        return held.role.recognised

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the roles in the same statement."""
        held = super().get_queryset(request).select_related("role")
        return held.order_by("role_id")


class LocationInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Locations, which are ids of another service."""

    model = ClinicianLocation
    verbose_name_plural = "locations"
    fields = ("location_id",)
    ordering = ("location_id",)


class ProductInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Products, in the order they were added."""

    model = Product
    fields = (
        "product_name",
        "opened_date",
        "closed_date",
        "closed_reason",
        "closed_reason_other",
    )
    ordering = ("id",)


class AgreementInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Terms agreements, the older ones as well."""

    model = TermsAgreement
    fields = (
        "product_name",
        "version",
        "accepted_timestamp",
        "tou_version",
        "tou_accepted_timestamp",
        "patient_notice_version",
        "patient_notice_accepted_timestamp",
    )
    ordering = ("product_name", "id")
