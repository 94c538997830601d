"""What the list of clinicians can be narrowed down by."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clinicians.models import Clinician


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
