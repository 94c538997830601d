"""Staff accounts, and the pages on which they are looked after."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.testing import nothing_written
from clinicians.tests.pages import Form

PASSWORD = "correct horse battery"
TYPED = "an invented pass phrase"
LIST = "/admin/auth/user/"
ADD = f"{LIST}add/"
TOOLS = ("password", "unlock", "second_factor")
LIMIT = 10


def path_of(account: User, page: str = "change") -> str:
    return reverse(f"admin:auth_user_{page}", args=[account.pk])


def account(name: str = "bo", *groups: str, **fields: Any) -> User:
    """Store a member of these staff groups, who can log in."""
    user = User.objects.create_user(
        name, password=PASSWORD, **{"is_staff": True, **fields}
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def logs_in(name: str, password: str, client: Client | None = None) -> bool:
    form = {"username": name, "password": password}
    answer = (client or Client()).post("/admin/login/", form)
    return bool(answer.status_code == 302)


def shown_password(answer: Any) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r'class="password-shown">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def added(client: Client, **fields: Any) -> Any:
    return Form(client, ADD, "user_form").send(username="bo", **fields)


def edited(client: Client, user: User, **fields: Any) -> Any:
    answer = Form(client, path_of(user), "user_form").send(**fields)
    assert answer.status_code == 302
    user.refresh_from_db()
    return answer


def groups_of(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def number_of(group: str) -> str:
    return str(Group.objects.get(name=group).pk)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def superuser() -> Client:
    """Return a browser in which a superuser is logged in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@contextmanager
def nothing_changed() -> Iterator[None]:
    """Check that the block leaves accounts, as well as the store, alone."""
    before = _accounts()
    with nothing_written():
        yield
    assert _accounts() == before


def _accounts() -> list[list[Any]]:
    models = (
        User,
        User.groups.through,
        User.user_permissions.through,
        TOTPDevice,
        AccessAttempt,
    )
    return [list(model._default_manager.order_by("pk").values()) for model in models]
