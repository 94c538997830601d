from django.db import migrations, models

import users_service.database.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Permission",
            fields=[
                (
                    "name",
                    users_service.database.fields.CodePointField(
                        max_length=200, primary_key=True, serialize=False
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                (
                    "name",
                    users_service.database.fields.CodePointField(
                        max_length=1000, primary_key=True, serialize=False
                    ),
                ),
                (
                    "search_name",
                    users_service.database.fields.FoldedField(
                        editable=False, max_length=3000, null=True, sources=("name",)
                    ),
                ),
                ("recognised", models.BooleanField(default=True)),
                (
                    "permissions",
                    models.ManyToManyField(
                        blank=True, related_name="roles", to="roles.permission"
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
    ]
