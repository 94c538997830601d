"""Takes away django-otp's own page: it shows the keys that codes are made of."""

from django.contrib import admin
from django_otp.plugins.otp_totp import (
    admin as _registered_by_then,  # noqa: F401 (else a later import registers it)
)
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister(TOTPDevice)
