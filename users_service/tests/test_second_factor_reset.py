"""A lost phone: the second factor is taken away, and set up anew."""

import io
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from users_service.second_factor.devices import has_device, reset
from users_service.tests.second_factor import (
    CODE,
    SET_UP,
    account,
    code_of,
    is_in,
    leads_to,
    logged_in,
    send,
    with_app,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


def inside() -> Client:
    """Return a browser in which Jane has logged in with her app."""
    device = with_app(account())
    client = logged_in()
    send(client, code_of(device))
    assert is_in(client)
    return client


def command(name: str) -> str:
    out = io.StringIO()
    call_command("reset_second_factor", name, stdout=out)
    return out.getvalue()


def test_which_accounts_have_an_app_is_one_statement(
    django_assert_num_queries: Any,
) -> None:
    with_it, without, begun, other = (account(name) for name in "abcd")
    with_app(with_it)
    with_app(other)
    TOTPDevice.objects.create(user=begun, name="not confirmed", confirmed=False)
    with django_assert_num_queries(1):
        found = has_device([with_it.pk, without.pk, begun.pk])
    assert found == {with_it.pk}


def test_no_accounts_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert has_device([]) == set()


def test_a_reset_says_whether_there_was_one() -> None:
    jane, eve = account(), account("eve")
    with_app(jane)
    with_app(eve)
    assert [reset(jane.pk), reset(jane.pk)] == [True, False]
    assert has_device([jane.pk, eve.pk]) == {eve.pk}


def test_where_it_is_required_a_reset_leads_to_setting_it_up(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client = inside()
    command("jane")
    assert leads_to(client) == SET_UP
    assert leads_to(logged_in()) == SET_UP


def test_where_it_is_not_required_a_reset_leaves_the_password() -> None:
    client = inside()
    command("jane")
    assert is_in(client)
    assert is_in(logged_in())


def test_an_app_from_before_a_reset_lets_nobody_in() -> None:
    """Also not a session that it let in, once another is set up."""
    client = inside()
    command("jane")
    with_app(User.objects.get())
    assert leads_to(client) == CODE


def test_the_command_says_what_it_did() -> None:
    with_app(account())
    assert command("jane") == "Second factor of jane: removed.\n"
    assert command("jane") == "Second factor of jane: there was none.\n"


def test_the_command_fails_for_an_unknown_account() -> None:
    with pytest.raises(CommandError, match=r"There is no staff account nobody\."):
        command("nobody")


def test_the_admin_has_no_page_that_shows_keys(admin_client: Client) -> None:
    assert TOTPDevice not in admin.site._registry
    device = with_app(account())
    for page in ("", f"{device.pk}/change/", f"{device.pk}/config/"):
        path = f"/admin/otp_totp/totpdevice/{page}"
        assert admin_client.get(path).status_code == 404
