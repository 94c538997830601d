"""An index for parts of names, on PostgreSQL, if the extension pg_trgm is permitted.

Not a part of the models' state: SQLite has no such index, and a PostgreSQL where the
extension is missing goes without one; there, a search reads the whole table.
"""

from typing import Any

import structlog
from django.db import DatabaseError, migrations, transaction

logger = structlog.get_logger(__name__)

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = (
    "CREATE INDEX IF NOT EXISTS clinician_search_trigrams"
    " ON clinicians_clinician USING gin (search_text gin_trgm_ops)"
)
WARNING = (
    "No index for parts of names: the extension pg_trgm is not permitted. Searches work"
    " and are slow with very many clinicians. To have it, let a superuser run"
    f" '{EXTENSION}' and then '{INDEX}' in this database"
)


def create(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(EXTENSION)
            cursor.execute(INDEX)
    except DatabaseError:
        logger.warning(WARNING)


def drop(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS clinician_search_trigrams")


class Migration(migrations.Migration):
    dependencies = [("clinicians", "0004_staff_lists")]

    operations = [migrations.RunPython(create, drop)]
