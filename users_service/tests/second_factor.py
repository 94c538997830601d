"""What the tests of the second factor share: accounts, codes and pages."""

import re
from base64 import b32decode
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

LOGIN = "/admin/login/"
CODE = "/admin/second-factor/"
SET_UP = "/admin/second-factor/set-up/"
PASSWORD = "correct horse battery"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
REFUSED = "This code was not accepted."


def account(name: str = "jane", **fields: Any) -> User:
    return User.objects.create_superuser(name, password=PASSWORD, **fields)


def logged_in(name: str = "jane", path: str = "/admin/") -> Client:
    """Return a browser in which somebody has typed the right password."""
    client = Client()
    form = {"username": name, "password": PASSWORD, "next": path}
    answer = client.post(LOGIN, form)
    assert (answer.status_code, answer["Location"]) == (302, path)
    return client


def with_app(user: User) -> TOTPDevice:
    """Give an account an app, whose codes of now were not used yet."""
    return TOTPDevice.objects.create(user=user, name="Authenticator app")


def code_of(device: TOTPDevice) -> str:
    """Return what the app shows now."""
    return code_from(device.key)


def hex_of(key: str) -> str:
    """Return a key that was shown as the one that is stored."""
    return b32decode(key.replace(" ", "")).hex()


def code_from(key: str) -> str:
    return f"{TOTP(bytes.fromhex(key)).token():06}"


def wrong_for(device: TOTPDevice) -> str:
    """Return a code that the device's app shows at no time near now."""
    totp = TOTP(device.bin_key)
    near = set()
    for totp.drift in range(-3, 4):
        near.add(f"{totp.token():06}")
    return next(code for code in map("{:06}".format, range(10)) if code not in near)


def send(client: Client, code: str, path: str = CODE) -> Any:
    return client.post(path, {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def leads_to(client: Client, path: str = "/admin/") -> str:
    """Return the address of the page that is shown instead, without its query."""
    answer = client.get(path, follow=True)
    return str(answer.request["PATH_INFO"])


def key_shown(answer: Any) -> str:
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', text_of(answer))
    assert found
    return found[1]


def text_of(answer: Any) -> str:
    return str(answer.content.decode())
