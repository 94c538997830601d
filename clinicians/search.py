"""Finding clinicians by what people know of them, each way by its own index."""

from django.db import connection
from django.db.models.expressions import RawSQL

from clinicians.dialects import DIALECTS, Dialect
from users_service.database.cursors import fetch_rows

TRIGRAM = 3
"""An index of name parts can look up what has at least so many characters."""

FEW = 1000
"""So many are found first and put in order afterwards; of more, the first of a page are
met sooner in the order of the list."""


def few_matching(term: str) -> list[str] | None:
    """Return the ids of whoever has the term in a name or a role's name, or as badge.

    None if they are many, or if the term is too short to be looked up.
    """
    folded = term.casefold()
    if len(folded) < TRIGRAM:
        return None
    part = _escaped(folded)
    found = fetch_rows(FINDING[connection.vendor], [part, term, part])
    return None if len(found) > FEW else sorted({row[0] for row in found})


def one_of(ids: list[str]) -> RawSQL:
    """Return what `pk__in` takes: one parameter, however many ids."""
    dialect = DIALECTS[connection.vendor]
    return RawSQL(dialect.rows_of_ids(), [dialect.ids(ids)])  # noqa: S611 (constant)


def _escaped(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def _finding(dialect: Dialect) -> str:
    return (
        f"SELECT uuid FROM clinicians_clinician WHERE {dialect.like('search_text')}"  # noqa: S608
        " UNION ALL SELECT uuid FROM clinicians_clinician"
        " WHERE send_entry_identifier = %s"
        " UNION ALL SELECT cr.clinician_id FROM roles_role r"
        " JOIN clinicians_clinicianrole cr ON cr.role_id = r.name"
        f" WHERE {dialect.like('r.search_name')} LIMIT {FEW + 1}"
    )


FINDING = {vendor: _finding(dialect) for vendor, dialect in DIALECTS.items()}
