"""Staff who look after the accounts of staff."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.tests.pages import Form
from users_service.staff_lockout import account_key
from users_service.tests.deeds.table import Entry, deed


def page(view: str, *arguments: int) -> str:
    return reverse(f"admin:auth_user_{view}", args=arguments)


def bo() -> User:
    user = User.objects.create_user("bo", is_staff=True, first_name="Bo")
    user.groups.set(Group.objects.filter(name="Viewers"))
    return user


def entry(actor: str, action: str, account: User, **changes: Any) -> list[Entry]:
    about = {"account": account.pk, "username": "bo"}
    return [Entry(actor, "staff", action, None, {**about, **changes})]


@deed("admin: add auth.User")
def _add(staff: Client, actor: str) -> list[Entry]:
    group = str(Group.objects.get(name="Support").pk)
    form = Form(staff, page("add"), "user_form")
    answer = form.send(username="bo", first_name="Bo", groups=[group])
    assert answer.status_code == 200
    added = User.objects.get(username="bo")
    groups = {"added": ["Support"]}
    changes = {"first_name": [None, "Bo"], "groups": groups}
    return entry(actor, "staff.created", added, **changes)


@deed("admin: change auth.User")
def _change(staff: Client, actor: str) -> list[Entry]:
    account = bo()
    group = str(Group.objects.get(name="Support").pk)
    form = Form(staff, page("change", account.pk), "user_form")
    answer = form.send(email="bo@example.org", is_active=None, groups=[group])
    assert answer.status_code == 302
    changes = {
        "email_address": ["", "bo@example.org"],
        "active": [True, False],
        "groups": {"added": ["Support"], "removed": ["Viewers"]},
    }
    return entry(actor, "staff.changed", account, **changes)


@deed("admin: auth_user_password")
def _set_password(staff: Client, actor: str) -> list[Entry]:
    account = bo()
    answer = staff.post(page("password", account.pk), {"kind": "made"})
    assert answer.status_code == 200
    return entry(actor, "staff.password_changed", account)


@deed("admin: auth_user_unlock")
def _unlock(staff: Client, actor: str) -> list[Entry]:
    account = bo()
    AccessAttempt.objects.create(
        username=account_key("bo"),
        failures_since_start=10,
        attempt_time=timezone.now(),
    )
    assert staff.post(page("unlock", account.pk)).status_code == 302
    return entry(actor, "staff.unlocked", account)


@deed("admin: auth_user_second_factor")
def _reset_second_factor(staff: Client, actor: str) -> list[Entry]:
    account = bo()
    TOTPDevice.objects.create(user=account, name="app")
    assert staff.post(page("second_factor", account.pk)).status_code == 302
    return entry(actor, "staff.second_factor_reset", account)
