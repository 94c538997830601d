"""Staff accounts are added and changed; nobody gets more than a group gives."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.testing import recorded
from clinicians.tests.pages import Form, staff
from users_service.admin.staff.forms import AddForm
from users_service.tests.accounts import (
    ADD,
    LIST,
    PASSWORD,
    TOOLS,
    TYPED,
    account,
    added,
    edited,
    groups_of,
    logs_in,
    nothing_changed,
    number_of,
    path_of,
    shown_password,
    superuser,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


def test_a_made_up_password_is_shown_once_and_logs_in() -> None:
    client = staff("Administrators")
    groups = [number_of("Viewers"), number_of("Support")]

    answer = added(client, first_name="Bo", email="bo@example.org", groups=groups)

    password, bo = shown_password(answer), User.objects.get(username="bo")
    assert (bo.first_name, bo.email) == ("Bo", "bo@example.org")
    assert groups_of(bo) == ["Support", "Viewers"]
    assert (bo.is_staff, bo.is_active, bo.is_superuser) == (True, True, False)
    assert logs_in("bo", password)
    for path in (path_of(bo), LIST, path_of(bo, "password")):
        assert password not in text_of(client, path)
    assert [action for action, _, _ in recorded()] == ["staff.created"]
    assert password not in str(recorded())


def test_a_typed_password_is_stored_as_a_hash() -> None:
    answer = added(staff("Administrators"), kind="typed", typed=f" {TYPED} ")
    assert shown_password(answer) == f" {TYPED} "
    assert User.objects.get(username="bo").password.startswith("argon2")
    assert logs_in("bo", f" {TYPED} ")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"typed": "short"}, "typed"),
        ({"typed": ""}, "typed"),
        ({"typed": "123456789012345"}, "typed"),
        ({"typed": "x" * 1025}, "typed"),
        ({"typed": "jane.the.jane", "first_name": "jane.the.jane"}, "typed"),
        ({"kind": "other"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": "made", "username": "bo doe"}, "username"),
        ({"kind": "made", "username": ""}, "username"),
        ({"kind": "made", "username": "JANE"}, "username"),
        ({"kind": "made", "email": "nonsense"}, "email"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    fields: dict[str, str], field: str
) -> None:
    form = Form(staff("Administrators"), ADD, "user_form")
    with nothing_changed():
        answer = form.send(**{"username": "bo", "kind": "typed", **fields})
    assert list(answer.context["adminform"].form.errors) == [field]
    assert User.objects.count() == 1


def test_a_new_account_gets_no_more_than_groups() -> None:
    kings = Group.objects.create(name="Kings")
    permission = str(Permission.objects.get(codename="change_group").pk)
    forged = {
        "is_superuser": "on",
        "user_permissions": [permission],
        "is_staff": "",
        "password": "plain text",
        "id": "1",
    }
    shown_password(added(staff("Administrators"), **forged))
    bo = User.objects.get(username="bo")
    assert (bo.is_superuser, bo.is_staff) == (False, True)
    assert not bo.user_permissions.exists()
    assert bo.password.startswith("argon2")

    bo.delete()
    answer = added(staff("Administrators", username="al"), groups=[str(kings.pk)])
    assert list(answer.context["adminform"].form.errors) == ["groups"]


def test_names_address_and_groups_are_changed() -> None:
    client, bo = staff("Administrators"), account("bo", "Viewers")

    edited(client, bo, last_name="Bell", groups=[number_of("Support")])

    assert (bo.last_name, groups_of(bo)) == ("Bell", ["Support"])
    assert "The account bo was changed." in text_of(client, path_of(bo))
    assert logs_in("bo", PASSWORD)


def test_a_save_that_changes_nothing_leaves_no_entry() -> None:
    client, bo = staff("Administrators"), account("bo", "Viewers")
    with nothing_changed():
        edited(client, bo)
    assert "Nothing was changed." in text_of(client, path_of(bo))


def test_a_change_gives_no_more_than_groups() -> None:
    client, bo = staff("Administrators"), account("bo", "Viewers")
    permission = str(Permission.objects.get(codename="change_group").pk)
    with nothing_changed():
        edited(
            client,
            bo,
            is_superuser="on",
            user_permissions=[permission],
            username="root",
            password="plain text",
        )


@pytest.mark.parametrize("rights", [False, True])
def test_nobody_changes_what_they_may_do_themselves(rights: bool) -> None:
    client = superuser() if rights else staff("Administrators")
    own = User.objects.get()
    groups = groups_of(own)
    forged = {"groups": [number_of("Viewers")], "is_superuser": "on"}
    edited(client, own, first_name="Own", is_active="", **forged)
    assert (own.first_name, own.is_active) == ("Own", True)
    assert (groups_of(own), own.is_superuser) == (groups, rights)
    assert "This is your own account." in text_of(client, path_of(own))


def with_permission(user: User) -> User:
    user.user_permissions.add(Permission.objects.get(codename="change_group"))
    return user


def of_another_group(user: User) -> User:
    user.groups.add(Group.objects.create(name="Kings"))
    return user


PROTECTED = {
    "a superuser": lambda: account("bo", "Support", is_superuser=True),
    "an inactive superuser": lambda: account("bo", is_superuser=True, is_active=False),
    "a permission of one's own": lambda: with_permission(account()),
    "another group": lambda: of_another_group(account()),
}


@pytest.mark.parametrize("make", PROTECTED.values(), ids=PROTECTED)
def test_who_may_do_more_is_shown_to_administrators_and_not_changed(make: Any) -> None:
    bo, client = make(), staff("Administrators")
    TOTPDevice.objects.create(user=bo)
    page = text_of(client, path_of(bo))
    assert "Only a superuser can change this account." in page
    assert 'name="_save"' not in page
    assert "is_superuser" not in page
    fields = {"kind": "made", "first_name": "Taken", "is_active": "on"}
    with nothing_changed():
        for name in ("change", *TOOLS):
            assert client.post(path_of(bo, name), fields).status_code == 403, name


@pytest.mark.parametrize("make", PROTECTED.values(), ids=PROTECTED)
def test_superusers_change_them_and_other_groups_stay(make: Any) -> None:
    bo, client = make(), superuser()
    others = set(groups_of(bo)) - {"Support"}
    edited(client, bo, last_name="Bell", groups=[number_of("Viewers")])
    assert bo.last_name == "Bell"
    assert groups_of(bo) == sorted(others | {"Viewers"})
    shown_password(client.post(path_of(bo, "password"), {"kind": "made"}))


def test_accounts_are_not_deleted() -> None:
    bo = account()
    for client in (staff("Administrators"), superuser()):
        assert client.post(f"{LIST}{bo.pk}/delete/", {"post": "yes"}).status_code == 403
        form = {"action": "delete_selected", "_selected_action": [bo.pk], "post": "y"}
        client.post(LIST, form)
        assert User.objects.filter(pk=bo.pk).exists()


def test_who_may_not_use_the_admin_has_no_page() -> None:
    bo, client = account(is_staff=False), staff("Administrators")
    assert client.get(path_of(bo)).status_code == 302
    assert client.post(path_of(bo), {"last_name": "Bell"}).status_code == 302
    assert not User.objects.filter(last_name="Bell").exists()


def test_a_name_that_is_taken_at_the_same_moment_is_said_beside_the_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account("bo")
    looks: list[Any] = []
    look = AddForm.validate_unique

    def too_early(form: Any) -> None:
        looks.append(form)
        if len(looks) > 1:
            look(form)

    client = superuser()
    monkeypatch.setattr(AddForm, "validate_unique", too_early)
    with nothing_changed():
        answer = added(client)

    assert answer.context["adminform"].form.errors == {
        "username": ["There is an account of that name already."]
    }
