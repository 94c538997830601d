"""The roles are Polaris'; a migration puts them in and takes them out."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps.registry import Apps, apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from roles.models import Permission, Role
from roles.seeds import ROLES, UNHELD, seed_roles
from users_service.journal.models import AuditEntry

# The frozen copy of what Polaris has.
POLARIS = json.loads(Path(__file__).with_name("polaris_roles.json").read_text())
EMPTY = ("roles", "0001_initial")
SEEDED = ("roles", "0002_seed_roles")


def stored(registry: Apps = apps) -> dict[str, list[str]]:
    role: Any = registry.get_model("roles", "Role")
    return {
        each.name: sorted(each.permissions.values_list("name", flat=True))
        for each in role.objects.all()
    }


def test_the_seeds_are_polaris_roles() -> None:
    assert ROLES == POLARIS


@pytest.mark.django_db
def test_the_store_holds_the_14_roles() -> None:
    assert stored() == POLARIS
    assert len(POLARIS) == 14
    assert Role.objects.recognised().count() == 14


@pytest.mark.django_db
def test_two_permissions_are_held_by_no_role() -> None:
    unheld = Permission.objects.filter(roles__isnull=True)

    assert {each.name for each in unheld} == set(UNHELD)
    assert set(UNHELD) == {"read:gdm_clinician_auth_all", "write:clinician_migration"}


@pytest.mark.django_db
def test_seeding_again_changes_nothing() -> None:
    added = Permission.objects.get(name="write:clinician_migration")
    Role.objects.get(name="System").permissions.add(added)

    seed_roles()

    held = Role.objects.get(name="System").permissions
    assert held.filter(name="write:clinician_migration").exists()
    assert Role.objects.count() == 14


@pytest.mark.django_db
def test_seeding_is_no_edit_to_audit() -> None:
    assert not AuditEntry.objects.exists()


@pytest.fixture
def _latest_afterwards(transactional_db: None) -> Any:
    yield
    call_command("migrate", verbosity=0)


def migrate(*target: tuple[str, str]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(list(target))
    executor = MigrationExecutor(connection)
    return executor.loader.project_state(list(target)).apps


@pytest.mark.usefixtures("_latest_afterwards")
class TestMigration:
    def test_forwards_it_puts_the_roles_in(self) -> None:
        before = migrate(EMPTY)
        assert stored(before) == {}

        after = migrate(SEEDED)

        assert stored(after) == POLARIS

    def test_backwards_it_takes_out_what_it_put_in(self) -> None:
        seeded = migrate(SEEDED)
        roles: Any = seeded.get_model("roles", "Role").objects
        own = roles.create(name="Own")
        own.permissions.add("read:hl7_message")
        own.permissions.create(name="own:permission")

        before = migrate(EMPTY)

        assert stored(before) == {"Own": ["own:permission", "read:hl7_message"]}
        names = before.get_model("roles", "Permission").objects.values_list("name")
        assert sorted(names) == [("own:permission",), ("read:hl7_message",)]
