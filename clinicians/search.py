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

    They are in the order of lists. None if they are many, or if the term is too short
    to be looked up.
    """
    folded = term.casefold()
    if len(folded) < TRIGRAM:
        return None
    part = _escaped(folded)
    # The best way to find a rare name and a common one differ.
    found = fetch_rows(FINDING[connection.vendor], [part, term, part], prepared=False)
    return None if len(found) > FEW else [row[-1] for row in sorted(set(found))]


def one_of(ids: list[str]) -> RawSQL:
    """Return what `pk__in` takes: one parameter, however many ids."""
    dialect = DIALECTS[connection.vendor]
    return RawSQL(dialect.rows_of_ids(), [dialect.ids(ids)])  # noqa: S611 (constant)


def _escaped(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def _finding(dialect: Dialect) -> str:
    """Return the statement that finds people; ids come last, after what sorts them."""
    keys = ", ".join(
        f"c.{name} IS NULL, coalesce(c.{name}, '')"
        for name in ("last_name_key", "first_name_key")
    )
    people = f"SELECT {keys}, c.uuid FROM clinicians_clinician c"  # noqa: S608
    return (
        f"{people} WHERE {dialect.like('c.search_text')}"  # noqa: S608
        f" UNION ALL {people} WHERE c.send_entry_identifier = %s"
        # The inner limit has them looked up by role, as few as are wanted.
        f" UNION ALL {people} JOIN (SELECT cr.clinician_id FROM roles_role r"
        " JOIN clinicians_clinicianrole cr ON cr.role_id = r.name"
        f" WHERE {dialect.like('r.search_name')} LIMIT {FEW + 1}) o"
        f" ON o.clinician_id = c.uuid LIMIT {FEW + 1}"
    )


FINDING = {vendor: _finding(dialect) for vendor, dialect in DIALECTS.items()}
