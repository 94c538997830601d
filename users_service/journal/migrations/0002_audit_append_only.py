"""The trail in the order of its pages, and PostgreSQL refuses to rewrite it.

SQLite gets no trigger: it has no setting that ends with a transaction, which pruning
and blanking would declare themselves by, and its tables are made anew by later
migrations, which would lose a trigger without a word.
"""

from typing import Any

import django.utils.timezone
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION journal_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := current_setting('users.audit_maintenance', true);
BEGIN
    IF TG_OP = 'DELETE' AND purpose = 'prune' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND purpose = 'blank'
        AND to_jsonb(NEW) - 'changes' = to_jsonb(OLD) - 'changes' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only: no %', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
ROWS = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON journal_auditentry
FOR EACH ROW EXECUTE FUNCTION journal_audit_append_only()
"""
TABLE = """
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON journal_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION journal_audit_append_only()
"""
DROP_ROWS = "DROP TRIGGER audit_append_only ON journal_auditentry"
DROP_TABLE = "DROP TRIGGER audit_not_truncated ON journal_auditentry"
DROP_FUNCTION = "DROP FUNCTION journal_audit_append_only()"


def _on_postgresql(schema_editor: Any, *statements: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


def protect(_apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, FUNCTION, ROWS, TABLE)


def unprotect(_apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, DROP_TABLE, DROP_ROWS, DROP_FUNCTION)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="created",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.RemoveIndex(model_name="auditentry", name="audit_by_whom"),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["created", "id"], name="audit_by_time"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["clinician_id", "created", "id"], name="audit_about_whom"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor", "created", "id"], name="audit_by_whom"),
        ),
        migrations.RunPython(protect, unprotect),
    ]
