"""Staff accounts and their groups; staff are never clinicians."""

import io
import re
import sys

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.db.migrations.state import StateApps
from django.test import Client

from users_service.apps import grant_staff_groups

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_staff", *arguments, stdout=out)
    return out.getvalue()


def shown_password(output: str) -> str:
    found = re.search(r"Password, shown only now: (\S+)\n", output)
    assert found
    return found[1]


def logs_in(client: Client, name: str, password: str) -> bool:
    form = {"username": name, "password": password}
    return client.post("/admin/login/", form).status_code == 302


def test_a_generated_password_is_shown_once_and_opens_the_admin(
    client: Client,
) -> None:
    password = shown_password(create("jane", "--superuser"))
    assert logs_in(client, "jane", password)
    assert client.get("/admin/").status_code == 200
    stored = User.objects.get(username="jane").password
    assert password not in stored
    assert stored.startswith("argon2")


def test_an_account_has_what_was_asked_for() -> None:
    create("jane", "--email", "jane@mail.com", "--group", "Viewers", "--group=Support")
    user = User.objects.get(username="jane")
    assert user.is_staff
    assert not user.is_superuser
    assert user.email == "jane@mail.com"
    names = user.groups.values_list("name", flat=True)
    assert sorted(names) == ["Support", "Viewers"]


def test_a_password_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("invented pass phrase\n"))
    output = create("jane", "--password-stdin")
    assert "invented" not in output
    assert logs_in(client, "jane", "invented pass phrase")


@pytest.mark.parametrize("password", ["short", "", "123456789012345", "jane.the.jane"])
def test_a_weak_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    with pytest.raises(CommandError, match="password"):
        create("jane.the.jane", "--password-stdin")
    assert not User.objects.exists()


def test_an_existing_name_is_refused() -> None:
    create("jane")
    before = User.objects.get().password
    with pytest.raises(CommandError, match="There is a staff account jane already"):
        create("jane")
    assert User.objects.get().password == before


def test_a_name_that_django_does_not_take_is_refused() -> None:
    with pytest.raises(CommandError, match="valid username"):
        create("jane doe")
    assert not User.objects.exists()


def test_an_unknown_group_is_refused_and_nothing_is_made() -> None:
    message = "no group Kings; write: Viewers, Support, Administrators"
    with pytest.raises(CommandError, match=message):
        create("jane", "--group", "Kings")
    assert not User.objects.exists()


def granted(group: str) -> set[str]:
    pairs = Permission.objects.filter(group__name=group).values_list(
        "content_type__app_label", "codename"
    )
    return {f"{label}.{name}" for label, name in pairs}


OURS = ("clinicians", "bookmarks", "roles", "journal")
ACCOUNTS = {"auth.view_user", "auth.add_user", "auth.change_user"}


def possible(*actions: str) -> set[str]:
    return {
        f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=False)
        for action in actions
    }


def of(label: str, names: set[str]) -> set[str]:
    return {name for name in names if name.startswith(f"{label}.")}


def test_viewers_see_everything_of_ours_and_change_nothing() -> None:
    assert granted("Viewers") == possible("view")


def test_support_adds_and_changes_clinicians_as_well() -> None:
    edit = of("clinicians", possible("add", "change"))
    assert granted("Support") == possible("view") | edit


def test_administrators_edit_roles_and_accounts_and_grant_and_send_again() -> None:
    edit = of("clinicians", possible("add", "change"))
    roles = of("roles", possible("add", "change", "delete"))
    own = {"clinicians.grant_can_edit_ews", "journal.resend_outboxmessage"}
    assert granted("Administrators") == possible("view") | edit | roles | own | ACCOUNTS


def test_granting_twice_changes_nothing() -> None:
    before = granted("Support")
    grant_staff_groups(apps.get_app_config("clinicians"), using="default")
    assert granted("Support") == before
    assert Group.objects.filter(name="Support").count() == 1


def test_where_there_are_no_groups_yet_nothing_is_granted() -> None:
    Group.objects.all().delete()
    empty = StateApps([], {})
    grant_staff_groups(apps.get_app_config("roles"), using="default", apps=empty)
    assert not Group.objects.exists()
