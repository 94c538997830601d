"""The forms of a clinician's page.

They say what a person changed, compared with what the page had shown. What is right is
for the API's serializers and services to say; `refused` brings their answer back.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.forms.models import BaseInlineFormSet

from clinicians.admin.members import MembersField
from clinicians.models import REQUIRED, SCALARS, Clinician, Product
from clinicians.sentences import LABELS
from clinicians.services.members import MEMBERS, present
from clinicians.services.rules import SYSTEM_ROLES
from roles.models import Role
from users_service.local_date import today

Refused = Mapping[str, Sequence[str]]
"""Field path, such as `email_address` or `products.0.opened_date`, to messages."""

PRODUCTS = "products"
PRODUCT_FIELDS = (
    "product_name",
    "opened_date",
    "closed_date",
    "closed_reason",
    "closed_reason_other",
)
GONE = "This product was removed meanwhile."
DATES: dict[Any, dict[str, Any]] = {
    models.DateField: {
        "widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    }
}
"""The browser's own way to choose a day."""
TEXTS = [
    name
    for name in SCALARS
    if isinstance(Clinician._meta.get_field(name), models.CharField)
]


def grantable_roles() -> Iterator[str]:
    """Yield the names of the roles that staff may put somebody into."""
    roles = Role.objects.recognised().exclude(name__in=SYSTEM_ROLES)
    yield from roles.order_by("name").values_list("name", flat=True)


class LineField(forms.CharField):
    """A line of text. Line breaks that a program stored are no change of a person's."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the text differs otherwise than by line breaks and outer spaces."""
        return _line(initial) != _line(data)


class PageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose fields are compared with what was shown, and checked elsewhere."""

    refused: Refused = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
            field.show_hidden_initial = not isinstance(field, MembersField)

    def _get_validation_exclusions(self) -> set[str]:
        """Return all columns: the API's rules hold, and the database's constraints."""
        return {field.name for field in self._meta.model._meta.fields}

    def shown(self, name: str) -> Any:
        """Return the value that the page had shown for a field."""
        field = self.fields[name]
        hidden = field.hidden_widget()
        data = hidden.value_from_datadict(
            self.data, self.files, self.add_initial_prefix(name)
        )
        return field.to_python(data)


class ClinicianForm(PageForm):
    """The fields and lists of a clinician."""

    stale: Collection[str] = ()
    """Fields that somebody else has changed since the page was opened."""

    groups = MembersField(
        label="Roles",
        help_text="A change takes effect at the next login.",
        suggestions=grantable_roles,
    )
    locations = MembersField(
        label="Locations", help_text="Ids of the locations service."
    )
    bookmarks = MembersField(label="Bookmarked locations")
    bookmarked_patients = MembersField(label="Bookmarked patients")

    class Meta:
        model = Clinician
        fields = SCALARS
        field_classes = dict.fromkeys(TEXTS, LineField)
        labels = LABELS
        help_texts = {
            "login_active": "Without it, every login is refused.",
            "email_address": "One of the two names to log in with.",
            "send_entry_identifier": "The other one.",
            "contract_expiry_eod_date": "The last day; none for a permanent contract.",
            "can_edit_ews": "Only for permanent SEND (super)clinicians.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in REQUIRED:
            if name in self.fields:
                # Of a required text, blank is stored as a text.
                setattr(self.fields[name], "empty_value", "")  # noqa: B010
        for name in MEMBERS:
            if name in self.fields:
                self.fields[name].initial = self._members(name)
        if self.stale:
            self._show_as_it_is_now()

    def _show_as_it_is_now(self) -> None:
        """Take what is stored now for shown: to save once more replaces it."""
        data: Any = self.data
        data = data.copy()
        for name in self.stale:
            now = self.initial[name]
            data[self.add_initial_prefix(name)] = "" if now is None else str(now)
        self.data = data

    def _members(self, name: str) -> list[str]:
        if self.instance._state.adding:
            return []
        return sorted(present(self.instance, name))

    def clean(self) -> None:
        """Put what was refused beside the fields, or above them."""
        for path, messages in self.refused.items():
            name = path.split(".")[0]
            if name != PRODUCTS:
                self.add_error(name if name in self.fields else None, list(messages))
        for name in self.stale:
            now = self.initial[name]
            words = {None: "empty", "": "empty", True: "yes", False: "no"}
            shown = words.get(now, now)
            self.add_error(name, f"It is now: {shown}. Save again to replace it.")


class ProductForm(PageForm):
    """A product of a clinician."""

    class Meta:
        model = Product
        fields = PRODUCT_FIELDS
        field_classes = dict.fromkeys(
            ("product_name", "closed_reason", "closed_reason_other"), LineField
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "opened_date" in self.fields:
            self.fields["opened_date"].initial = today
        for field in self.fields.values():
            # The column's head is out of sight of whoever listens to the page.
            field.widget.attrs["aria-label"] = field.label


class RowNumberField(forms.IntegerField):
    """The number of the stored row that a form stands for; no part of what it says."""

    def __init__(self, initial: Any) -> None:
        super().__init__(initial=initial, required=False, widget=forms.HiddenInput)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Never."""
        del initial, data
        return False


class ProductFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The products of a clinician; one may have gone since the page was opened."""

    refused: Refused = {}

    def _existing_object(self, pk: Any) -> Any:
        """Return the product of a submitted row, or none.

        The admin pairs rows with stored products by their place: a row without one
        keeps its place.
        """
        found = super()._existing_object(pk)  # type: ignore[misc]
        if found is None:
            self._queryset = [*self.get_queryset(), Product()]
        return found

    def add_fields(self, form: Any, index: int | None) -> None:
        """Tell rows by their number, without asking the database about each."""
        super().add_fields(form, index)
        form.fields["id"] = RowNumberField(form.fields["id"].initial)
        if deletion := form.fields.get("DELETE"):
            deletion.widget.attrs["aria-label"] = "Remove this product"

    def clean(self) -> None:
        """Put what was refused beside the products, or above them."""
        for form in self.initial_forms:
            if form.instance._state.adding and form.has_changed():
                form.add_error(None, GONE)
        for path, messages in self.refused.items():
            field, *place = path.split(".")
            if field == PRODUCTS and place:
                form, name = self.forms[int(place[0])], place[-1]
                form.add_error(name if name in form.fields else None, list(messages))
        if of_all := self.refused.get(PRODUCTS):
            raise forms.ValidationError(list(of_all))


def _line(text: Any) -> str:
    return "".join(str(text or "").splitlines()).strip()
