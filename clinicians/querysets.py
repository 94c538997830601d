"""Sets of clinicians, in the words of the domain."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from clinicians.search import few_matching, one_of

if TYPE_CHECKING:
    from clinicians.models import Clinician  # noqa: F401

SORT_COLUMNS = {
    "last_name": "last_name_key",
    "first_name": "first_name_key",
} | {
    name: name
    for name in (
        "uuid",
        "nhs_smartcard_number",
        "email_address",
        "modified",
        "created",
        "phone_number",
        "send_entry_identifier",
        "job_title",
    )
}
"""What a list can be sorted by, and the column that it is."""


class Ordering(NamedTuple):
    """An order of clinicians: null comes last ascending, first descending."""

    columns: tuple[str, ...]
    descending: bool = False

    @classmethod
    def by(cls, names: Sequence[str], *, descending: bool = False) -> "Ordering":
        """Return the order by these fields of the contract, ties broken by uuid."""
        columns = dict.fromkeys([SORT_COLUMNS[name] for name in names] + ["uuid"])
        return cls(tuple(columns), descending)

    def reversed(self) -> "Ordering":
        """Return the order from the other end."""
        return self._replace(descending=not self.descending)

    def expressions(self) -> list[models.expressions.OrderBy]:
        """Return the order for a queryset."""
        if self.descending:
            return [F(name).desc(nulls_first=True) for name in self.columns]
        return [F(name).asc(nulls_last=True) for name in self.columns]

    def sql(self, alias: str) -> str:
        """Return the same order as SQL."""
        direction = "DESC NULLS FIRST" if self.descending else "ASC NULLS LAST"
        return ", ".join(f"{alias}.{name} {direction}" for name in self.columns)


LIST_ORDER = Ordering.by(["last_name", "first_name"])
"""The order of lists that ask for none."""


class ClinicianQuerySet(models.QuerySet["Clinician"]):
    """Clinicians, to be narrowed down."""

    in_order: list[str] | None = None
    """The ids of all of them in LIST_ORDER, right after a search that found them."""

    def active(self, active: bool = True) -> Self:
        """Those who may log in, or those who may not."""
        return self.filter(login_active=active)

    def temporary_only(self, only: bool = True) -> Self:
        """Those whose contract has an end; everybody if `only` is false."""
        return self.filter(contract_expiry_eod_date__isnull=False) if only else self

    def with_product(self, product_name: str) -> Self:
        """Those who have, or once had, the product."""
        products = self._hanging_on("products").filter(product_name=product_name)
        return self.filter(Exists(products))

    def at_location(self, location_id: str) -> Self:
        """Those who work at the location."""
        return self.filter(locations__location_id=location_id)

    def modified_since(self, moment: datetime) -> Self:
        """Those that changed after the moment."""
        return self.filter(modified__gt=moment)

    def matching(self, term: str) -> Self:
        """Those whose name or a role's name holds the term, or whose badge it is.

        An empty term is no filter. If they are few, they are found at once.
        """
        if not term:
            return self
        ids = few_matching(term)
        if ids is not None:
            few = self.filter(pk__in=one_of(ids))
            few.in_order = None if self.query.where else ids
            return few
        folded = term.casefold()
        in_role = self._hanging_on("clinicianrole_set").filter(
            role__search_name__contains=folded
        )
        return self.filter(
            Q(search_text__contains=folded)
            | Q(send_entry_identifier=term)
            | Exists(in_role)
        )

    def state(self) -> tuple[int, int]:
        """Return their number and the sum of their versions, which an entity tag names.

        Versions are random, so the pair changes with every change that any of them
        shows, and with every one that comes or goes.
        """
        totals = self.aggregate(number=Count("pk"), versions=Sum("version", default=0))
        return totals["number"], int(totals["versions"])

    def _hanging_on(self, relation: str) -> models.QuerySet[Any]:
        """Return the rows that a reverse relation gives a clinician of this query."""
        model = getattr(self.model, relation).rel.related_model
        rows: models.QuerySet[Any] = model.objects.filter(clinician_id=OuterRef("pk"))
        return rows
