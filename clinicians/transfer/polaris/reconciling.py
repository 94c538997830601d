"""What a move brought over, in numbers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from clinicians.models import Clinician, Product, TermsAgreement
from clinicians.transfer.polaris.items import Oddities
from clinicians.transfer.polaris.source import PolarisSource

PARTS = {"product": Product, "terms_agreement": TermsAgreement}
TABLES: dict[str, type[Model]] = {"user": Clinician, **PARTS}
"""The source's tables, and what becomes of their rows."""

SHOWN = 20


def reconciliation(source: PolarisSource, oddities: Oddities) -> dict[str, Any]:
    """Return per table what the source has, what was read of it, and what is here."""
    return {
        "tables": {
            table: {
                "rows": source.number_of_rows(table),
                "without_user": source.orphans(table) if table in PARTS else 0,
                "read": oddities.read[table],
                "in_store": model._default_manager.count(),
            }
            for table, model in TABLES.items()
        },
        "oddities": dict(oddities.counts),
        "ids": {what: ids[:SHOWN] for what, ids in oddities.ids.items()},
    }


def reconciliation_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the reconciliation for people."""
    for table, numbers in found["tables"].items():
        yield (
            f"{table}: {numbers['rows']} rows in the source, "
            f"{numbers['without_user']} skipped for want of a user, "
            f"{numbers['read']} read; {numbers['in_store']} in the store now."
        )
    for what, number in sorted(found["oddities"].items()):
        ids = ", ".join(found["ids"].get(what, ()))
        yield f"{number} {what}{': ' + ids if ids else ''}"
