"""The pages that ask for a code, and that show the key which codes are made of."""

from abc import abstractmethod
from base64 import b32encode
from textwrap import wrap
from typing import Any

import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.views import RedirectURLMixin, redirect_to_login
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from django_otp import login
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from users_service.second_factor import devices
from users_service.second_factor.state import has_password, is_set_up
from users_service.staff_logins import on_code
from users_service.staff_next import is_in_admin

KEY = "second_factor_key"
"""Kept in the session: nobody who logs in elsewhere sees the key shown here."""

TEMPLATES = "users_service/second_factor"
REFUSED = "This code was not accepted. Wait for the next one, and type that."
SET_UP = "The second factor is set up. From now on, logging in takes a code as well."


class CodeField(forms.CharField):
    """Six digits, with or without the space that apps show in their middle."""

    default_validators = [RegexValidator(r"\A[0-9]{6}\Z", "Type six digits.")]

    def to_python(self, value: Any) -> str:
        """Return what was typed, without spaces."""
        return "".join((super().to_python(value) or "").split())


class CodeInput(forms.PasswordInput):
    """Shows what is being typed, but not what was sent and refused."""

    input_type = "text"


class CodeForm(forms.Form):
    """A code, as the app shows it."""

    code = CodeField(
        label="Six digits from the app",
        max_length=20,
        widget=CodeInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
            }
        ),
    )


class SecondFactorPage(RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """A page for those who are logged in with their password, and send a code."""

    title: str
    form_class = CodeForm
    next_page = "admin:index"

    @abstractmethod
    def elsewhere(self) -> HttpResponse | None:
        """Return the answer to those whom this page is not for."""

    @abstractmethod
    def device_for(self, code: str) -> TOTPDevice | None:
        """Return the account's device that the code is of."""

    def get_redirect_url(self) -> str:  # type: ignore[override]
        """Return the page that was asked for, if it is one of the admin's."""
        address = super().get_redirect_url()
        return address if is_in_admin(address) else ""

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters("code"))
    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer the page; lead to the login page who has not been there."""
        if not has_password(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return self.elsewhere() or super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """Let in whoever has sent the right code."""
        device = self.device_for(form.cleaned_data["code"])
        user: Any = self.request.user
        on_code(user, accepted=device is not None)
        if device is None:
            form.add_error("code", REFUSED)
            return self.form_invalid(form)
        login(self.request, device)
        self.request.session.cycle_key()
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context that every page of the admin has, and the form."""
        context = {**admin.site.each_context(self.request), "title": self.title}
        return super().get_context_data(**context, **kwargs)

    def led_to(self, page: str) -> HttpResponse:
        """Return the redirect to another of these pages, with the same query."""
        query = self.request.GET.urlencode()
        return HttpResponseRedirect(f"{reverse(page)}{query and '?'}{query}")


class CodePage(SecondFactorPage):
    """Asks for a code, after the password."""

    title = "Your second factor"
    template_name = f"{TEMPLATES}/code.html"

    def elsewhere(self) -> HttpResponse | None:
        """Lead on who has sent a code already, or has no app to take it from."""
        user: Any = self.request.user
        if user.is_verified():
            return redirect(self.next_page)
        if is_set_up(self.request):
            return None
        return self.led_to("admin:second_factor_set_up")

    def get_form(self, form_class: Any = None) -> CodeForm:
        """Return the form, ready to be typed into."""
        form: CodeForm = super().get_form(form_class)
        form.fields["code"].widget.attrs["autofocus"] = True
        return form

    def device_for(self, code: str) -> TOTPDevice | None:
        """Return the account's device if the code is right."""
        user: Any = self.request.user
        return devices.verified_by(user, code)


class SetUpPage(SecondFactorPage):
    """Shows a new key, to scan or to type, until a code proves that the app has it."""

    title = "Set up your second factor"
    template_name = f"{TEMPLATES}/set_up.html"

    def elsewhere(self) -> HttpResponse | None:
        """Say that it is set up, to those who have shown it; ask the others first."""
        if not is_set_up(self.request):
            return None
        user: Any = self.request.user
        if not user.is_verified():
            return self.led_to("admin:second_factor")
        context = {**admin.site.each_context(self.request), "title": CodePage.title}
        return TemplateResponse(self.request, f"{TEMPLATES}/is_set_up.html", context)

    def device_for(self, code: str) -> TOTPDevice | None:
        """Store the key that was shown, if the code was made of it."""
        key = self.request.session.get(KEY, "")
        user: Any = self.request.user
        device = devices.set_up(user, key, code) if key else None
        if device:
            del self.request.session[KEY]
            messages.success(self.request, SET_UP)
        return device

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the key, in both of its forms."""
        key = self.request.session.setdefault(KEY, default_key())
        device = TOTPDevice(user=self.request.user, key=key)
        text = b32encode(device.bin_key).decode()
        size, path = drawn(device.config_url)
        key_shown = {"key": " ".join(wrap(text, 4)), "size": size, "path": path}
        return super().get_context_data(**key_shown, **kwargs)


def drawn(text: str) -> tuple[int, str]:
    """Return the width of a QR code with its margin, and its dark squares as a path."""
    rows = list(segno.make_qr(text).matrix_iter())
    squares = (
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows), "".join(squares)
