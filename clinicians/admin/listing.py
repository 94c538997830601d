"""The list of clinicians: what it shows, and how one is found."""

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.forms import CheckboxInput
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinicians.admin.filters import FILTERS, ContractFilter, locks
from clinicians.admin.names import name_of
from clinicians.models import Clinician, Product, normalise_email
from clinicians.querysets import LIST_ORDER
from clinicians.search import TRIGRAM
from roles.models import Role
from users_service.journal.models import AuditEntry
from users_service.local_date import today
from users_service.pages.badges import badge
from users_service.pages.isolation import bdi, isolated
from users_service.pages.long_lists import LongList
from users_service.pages.paginator import LIMIT

MANY = 20_000
"""If fewer are described by a term, they are found first, and put into the list's order
afterwards. The first of more are soon met in that order, unless they share a last name;
so the database is not left to guess which way is the shorter."""


class ClinicianListing(LongList):
    """The list's part of the clinicians' admin."""

    list_display = (
        "name",
        "email_address",
        "send_entry_identifier",
        "role_names",
        "open_product_names",
        "contract_end",
        "login",
        "last_login",
    )
    list_filter = FILTERS
    ordering = tuple(LIST_ORDER.expressions())
    search_fields = ("search_text",)
    search_help_text = (
        "An id, e-mail address, badge or smartcard number, exactly; else parts of a "
        "name, or the beginning of an e-mail address."
    )

    def action_checkbox(self, clinician: Clinician) -> SafeString:
        """The box to choose the clinician by, who is named for screen readers."""
        name, value = ACTION_CHECKBOX_NAME, str(clinician.pk)
        attributes = {
            "class": "action-select",
            "aria-label": f"Choose {name_of(clinician)}",
        }
        return CheckboxInput(attributes, lambda _: False).render(name, value)

    @admin.display(ordering=F("last_name_key").asc(nulls_last=True))
    def name(self, clinician: Clinician) -> str:
        """Last name and first name, as the list is sorted; the id without either."""
        names = (clinician.last_name, clinician.first_name)
        known = ", ".join(isolated(name) for name in names if name)
        return bdi(known or str(clinician.pk))

    @admin.display(description="roles")
    def role_names(self, clinician: Clinician) -> str:
        """All roles; one that is not recognised, and grants nothing, is marked."""
        return ", ".join(isolated(_marked(role)) for role in clinician.roles.all())

    @admin.display(description="products")
    def open_product_names(self, clinician: Clinician) -> str:
        """The products without a closing date."""
        products: list[Product] = getattr(clinician, "open_products")  # noqa: B009
        return ", ".join(isolated(product.product_name) for product in products)

    @admin.display(description="contract end")
    def contract_end(self, clinician: Clinician) -> str | None:
        """The last day of a temporary clinician, and whether it is past."""
        end = clinician.contract_expiry_eod_date
        if end is None:
            return None
        ended = clinician.contract_ended(today())
        state = badge("warn", "Ended") if ended else badge("quiet", "Temporary")
        return format_html("{} {}", date_format(end), state)

    @admin.display(description="login")
    def login(self, clinician: Clinician) -> str:
        """Whether the clinician may log in, and is locked at the moment."""
        active = clinician.login_active
        state = badge("good", "Active") if active else badge("quiet", "Inactive")
        if getattr(clinician, "locked"):  # noqa: B009
            return format_html("{} {}", state, badge("bad", "Locked"))
        return state

    @admin.display(description="last login")
    def last_login(self, clinician: Clinician) -> str | None:
        """The day of the last login on record."""
        moment: datetime | None = getattr(clinician, "last_logged_in")  # noqa: B009
        return None if moment is None else date_format(moment)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clinician]:
        """Fetch what a page needs in one statement per table, never the password."""
        logins = AuditEntry.objects.filter(
            clinician_id=OuterRef("pk"), action="login.succeeded"
        )
        last = logins.newest_first().values("created")[:1]
        every: QuerySet[Clinician] = super().get_queryset(request)
        clinicians = every.defer("password").annotate(
            locked=Exists(locks()), last_logged_in=Subquery(last)
        )
        opened = Product.objects.filter(closed_date__isnull=True).order_by("id")
        return clinicians.prefetch_related(
            "roles", Prefetch("products", opened, to_attr="open_products")
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """Return the order: of temporary clinicians, whose contract ends first."""
        temporary = set(ContractFilter.choices_of) - {"permanent"}
        if request.GET.get(ContractFilter.parameter_name) in temporary:
            return ("contract_expiry_eod_date", *self.ordering)
        return self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Clinician], search_term: str
    ) -> tuple[QuerySet[Clinician], bool]:
        """Return whom the term names exactly; if nobody, whom it describes."""
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = list(_exactly(term))
        if ids:
            return queryset.filter(pk__in=ids), False
        described = _described(term)
        # Without an index to find them by, only so many as show that they are a few.
        many = MANY if _has_trigram(term) else LIMIT + 1
        found = Clinician.objects.filter(described).values_list("pk", flat=True)[:many]
        ids = list(found)
        if len(ids) == many:
            return queryset.filter(described), False
        return queryset.filter(pk__in=ids if len(ids) <= LIMIT else found), False


def _described(term: str) -> Q:
    """Return the condition: each word in the name, or the address begins so."""
    words = [word.casefold() for word in term.split()]
    begun = Q(email_address__startswith=term.lower())
    if _has_trigram(term):
        return reduce(and_, (Q(search_text__contains=word) for word in words)) | begun
    # The index of the list's order has the names, which is all that is read then.
    begun = Q(pk__in=Clinician.objects.filter(begun).values("pk"))
    return reduce(and_, map(_in_a_name, words)) | begun


def _has_trigram(term: str) -> bool:
    """Tell whether the index of name parts is of help: not if every word has less."""
    return max(map(len, term.split())) >= TRIGRAM


def _in_a_name(word: str) -> Q:
    return Q(last_name_key__contains=word) | Q(first_name_key__contains=word)


def _exactly(term: str) -> QuerySet[Clinician, Any]:
    """Return the ids of those whom the term names, each way by its index."""
    return Clinician.objects.filter(
        Q(pk=term)
        | Q(email_address=normalise_email(term))
        | Q(send_entry_identifier=term)
        | Q(nhs_smartcard_number=term)
    ).values_list("pk", flat=True)[:LIMIT]


def _marked(role: Role) -> str:
    return role.name if role.recognised else f"{role.name} (not recognised)"
