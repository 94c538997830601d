from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from roles.seeds import seed_roles, unseed_roles


def seed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    seed_roles(apps, schema_editor.connection.alias)


def unseed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    unseed_roles(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("roles", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed)]
