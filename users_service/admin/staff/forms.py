"""The forms that staff accounts are made and changed with."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from clinicians.admin.passwords import made_up


class PasswordForm(forms.Form):
    """How the new password of an account comes about.

    Its fields are not called `password`, which a form with the account's own fields
    would store as it was typed.
    """

    kind = forms.ChoiceField(
        choices=(("made", "Make one up"), ("typed", "Use the typed one")),
        initial="made",
        label="Password",
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(
        label="Typed password",
        required=False,
        strip=False,
        max_length=1024,
        help_text="Only if it is to be used: at least 12 characters, not only digits, "
        "and neither common nor like the name.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"}
        ),
    )

    def __init__(self, *args: Any, account: User | None = None, **kwargs: Any) -> None:
        """Make the form for this account."""
        super().__init__(*args, **kwargs)
        self.account = account

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.check_typed(self.account)

    @sensitive_variables("typed")
    def check_typed(self, account: User | None) -> None:
        """Check a typed password by Django's validators."""
        if self.cleaned_data.get("kind") != "typed" or "typed" in self.errors:
            return
        try:
            validate_password(self.cleaned_data["typed"], account)
        except ValidationError as error:
            self.add_error("typed", error)

    def chosen(self) -> str:
        """Return the password that was typed, or one made up now."""
        if self.cleaned_data["kind"] == "typed":
            return str(self.cleaned_data["typed"])
        return made_up()


class AddForm(PasswordForm, forms.ModelForm):  # type: ignore[type-arg]
    """A new account and its password."""

    class Meta:
        """Of which model, and how names are read."""

        model = User
        fields = ("username", "first_name", "last_name", "email", "groups")
        field_classes = {"username": UsernameField}

    def clean_username(self) -> str:
        """Refuse a name that differs from another in upper and lower case only."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError("There is an account of that name already.")
        return name

    def check_typed(self, account: User | None) -> None:
        """Check a typed password against the names on the form as well."""
        super().check_typed(account or self.instance)
