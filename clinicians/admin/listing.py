"""The list of clinicians: what it shows, and how one is found."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clinicians.admin.filters import ContractFilter
from clinicians.models import Clinician, LoginGuard, Product, normalise_email
from clinicians.querysets import LIST_ORDER
from roles.models import Role

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Clinician]
else:
    Base = admin.ModelAdmin


class ClinicianListing(Base):
    """The list's part of the clinicians' admin."""

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
