"""Setting a temporary password, which is shown once."""

import secrets
from typing import Any

from django import forms
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from clinicians.models import Clinician
from clinicians.serializers import PasswordSerializer
from clinicians.services.credentials import set_password_of
from clinicians.services.lockout import unlock
from roles.callers import acting_staff
from users_service.api.validation import flat_errors
from users_service.exceptions import Unavailable

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what sounds or looks alike: o and 0, l, i and 1."""

GROUPS, GROUP_LENGTH = 4, 4
"""Sixteen characters of 31 are 79 bits."""


class PasswordForm(forms.Form):
    """How the new password comes about."""

    kind = forms.ChoiceField(
        choices=(("made", "Make one up"), ("typed", "Use the one typed here")),
        initial="made",
        label="Temporary password",
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"}
        ),
    )
    unlock = forms.BooleanField(
        label="Unlock the login as well", required=False, initial=True
    )

    def clean(self) -> dict[str, Any]:
        """Check a typed password by the API's rules."""
        given: dict[str, Any] = self.cleaned_data
        if given.get("kind") == "typed":
            serializer = PasswordSerializer(data={"password": given.get("password")})
            try:
                serializer.is_valid(raise_exception=True)
            except ValidationError as error:
                for messages in flat_errors(error.detail).values():
                    self.add_error("password", messages)
        return given

    def chosen(self) -> str:
        """Return the password that was typed, or one made up now."""
        if self.cleaned_data["kind"] == "typed":
            return str(self.cleaned_data["password"])
        return made_up()


def made_up() -> str:
    """Return a password that can be read out on the telephone."""
    return "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(GROUPS)
    )


@sensitive_variables("password")
def set_temporary_password(
    request: HttpRequest, clinician: Clinician, form: PasswordForm
) -> str | None:
    """Set the password that the form asks for; returns it, None if that is refused."""
    password = form.chosen()
    actor = acting_staff(request)
    try:
        set_password_of(actor=actor, clinician_id=clinician.pk, password=password)
    except Unavailable as error:
        form.add_error(None, f"{error.message}. Try again in a moment.")
        return None
    if form.cleaned_data["unlock"]:
        unlock(actor=actor, clinician_id=clinician.pk)
    return password
