"""The apps that staff get their codes from; one device for each account, at most."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

NAME = "Authenticator app"


def has_device(user_ids: Collection[int]) -> set[int]:
    """Return which of these accounts have a confirmed device; one statement."""
    devices = TOTPDevice.objects.filter(user_id__in=user_ids, confirmed=True)
    return set(devices.values_list("user_id", flat=True))


def reset(user_id: int) -> bool:
    """Remove the devices of an account; returns whether there were any.

    Not audited here: who calls this knows on whose behalf.
    """
    removed, _ = TOTPDevice.objects.filter(user_id=user_id).delete()
    return bool(removed)


def verified_by(user: User, code: str) -> TOTPDevice | None:
    """Return the account's device if the code is its own, and was not used before.

    Wrong codes make django-otp wait, twice as long after each; until then it takes
    no code at all.
    """
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return verify_token(user, device.persistent_id, code) if device else None


@transaction.atomic
def set_up(user: User, key: str, code: str) -> TOTPDevice | None:
    """Give the account the device with this key, in hex, if the code is its own.

    Returns None, and stores nothing, if it is not or if there is a device already.
    """
    # Of two pages sent at once, one waits here for the other.
    User.objects.select_for_update().get(pk=user.pk)
    if has_device([user.pk]):
        return None
    device = TOTPDevice.objects.create(user=user, name=NAME, key=key)
    if device.verify_token(code):
        return device
    device.delete()
    return None
