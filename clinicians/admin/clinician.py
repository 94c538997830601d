"""Clinicians in the admin: to be found and read.

Read-only, since a change has to go through `clinicians.services`, which audits and
announces it; a form of the admin's own would do neither.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clinicians.models import (
    Clinician,
    ClinicianLocation,
    ClinicianRole,
    LoginGuard,
    Product,
    TermsAgreement,
    normalise_email,
)
from clinicians.querysets import LIST_ORDER
from clinicians.services.lockout import unlock
from roles.callers import acting_staff
from roles.models import Role
from users_service.pages.read_only import ReadOnly

READ_ONLY = (
    "This page is read-only. A change to a clinician is audited and announced to the "
    "other services, so it has to be made through the API."
)


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


class ContractFilter(admin.SimpleListFilter):
    """Whether the contract has an end."""

    title = "contract"
    parameter_name = "temporary"

    def lookups(
        self, request: HttpRequest, model_admin: Any
    ) -> tuple[tuple[str, str], ...]:
        """Return the choices."""
        del request, model_admin
        return ("yes", "Temporary"), ("no", "Permanent")

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Clinician]
    ) -> QuerySet[Clinician]:
        """Return those of the chosen kind."""
        del request
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(contract_expiry_eod_date__isnull=self.value() == "no")


@admin.register(Clinician)
class ClinicianAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Finding a clinician and seeing everything about one but the password."""

    list_display = (
        "name",
        "email_address",
        "send_entry_identifier",
        "role_names",
        "open_product_names",
        "contract_expiry_eod_date",
        "login_active",
        "locked",
    )
    actions = ("unlock",)
    list_filter = (
        "login_active",
        ContractFilter,
        ("roles", admin.RelatedOnlyFieldListFilter),
    )
    list_per_page = 50
    ordering = tuple(LIST_ORDER.expressions())
    search_fields = ("uuid", "email_address", "send_entry_identifier", "search_text")
    search_help_text = (
        "An id, e-mail address or badge number, exactly; else parts of a name or of "
        "an address."
    )
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

    @admin.display(ordering="last_name_key")
    def name(self, clinician: Clinician) -> str:
        """Last name and first name; the id where there is neither."""
        names = (clinician.last_name, clinician.first_name)
        return ", ".join(name for name in names if name) or str(clinician.pk)

    @admin.display(description="roles")
    def role_names(self, clinician: Clinician) -> str:
        """All roles; one that is not recognised, and grants nothing, is marked."""
        return ", ".join(_marked(role) for role in clinician.roles.all())

    @admin.display(description="open products")
    def open_product_names(self, clinician: Clinician) -> str:
        """The products without a closing date."""
        products: list[Product] = getattr(clinician, "open_products")  # noqa: B009
        return ", ".join(product.product_name for product in products)

    @admin.display(boolean=True)
    def locked(self, clinician: Clinician) -> bool:
        """Whether failed logins keep the clinician out at the moment."""
        return bool(getattr(clinician, "locked"))  # noqa: B009

    @admin.action(description="Unlock the login", permissions=["unlock"])
    def unlock(self, request: HttpRequest, chosen: QuerySet[Clinician]) -> None:
        """Forget the failed logins of the chosen clinicians."""
        actor = acting_staff(request)
        ids = chosen.values_list("pk", flat=True)
        number = sum(unlock(actor=actor, clinician_id=pk) for pk in ids)
        self.message_user(request, f"{number} unlocked of {len(ids)} chosen.")

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        """Whoever may change clinicians may unlock them."""
        return request.user.has_perm("clinicians.change_clinician")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clinician]:
        """Fetch what a page needs in one statement per table, never the password."""
        locks = LoginGuard.objects.filter(
            clinician=OuterRef("pk"), locked_until__gt=timezone.now()
        )
        every: QuerySet[Clinician] = super().get_queryset(request)
        clinicians = every.defer("password").annotate(locked=Exists(locks))
        opened = Product.objects.filter(closed_date__isnull=True).order_by("id")
        return clinicians.prefetch_related(
            "roles", Prefetch("products", opened, to_attr="open_products")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Clinician], search_term: str
    ) -> tuple[QuerySet[Clinician], bool]:
        """Return whom the term names exactly; if nobody, whom it describes."""
        del request
        term = search_term.strip()
        exact = queryset.filter(
            Q(pk=term)
            | Q(email_address=normalise_email(term))
            | Q(send_entry_identifier=term)
        )
        if term and exact.exists():
            return exact, False
        for word in term.split():
            queryset = queryset.filter(
                Q(search_text__contains=word.casefold())
                | Q(email_address__contains=word.lower())
            )
        return queryset, False


def _marked(role: Role) -> str:
    return role.name if role.recognised else f"{role.name} (not recognised)"
