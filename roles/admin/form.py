"""The form of a role: its permissions as boxes to tick, in groups."""

from itertools import groupby
from typing import Any, NamedTuple

from django import forms

from roles.admin.groups import Group, grouped
from roles.models import Permission, Role


class RoleEdit(NamedTuple):
    """What a person changed of what the page had shown."""

    added: frozenset[str]
    removed: frozenset[str]
    recognised: bool | None
    """None where it was left as it was."""


class PermissionsWidget(forms.CheckboxSelectMultiple):
    """A box to tick per permission, a fieldset per group."""

    template_name = "roles/permissions.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows: the options by verb and area."""
        context = super().get_context(name, value, attrs)
        options = {
            option["label"]: option
            for _, options, _ in context["widget"]["optgroups"]
            for option in options
        }
        areas = [
            _counted(group, [options[label] for label in labels])
            for group, labels in grouped(options).items()
        ]
        context["widget"]["verbs"] = [
            _summed(verb, list(of_verb))
            for verb, of_verb in groupby(areas, lambda area: area["verb"])
        ]
        return context


class ShownPermissions(forms.MultipleHiddenInput):
    """The permissions that the page showed as granted, after an empty one.

    Without that, none of them would pass for none sent, and Django would take the
    ticked boxes of a page that is shown again for those that it had shown.
    """

    def format_value(self, value: Any) -> list[Any]:
        """Return what is sent."""
        return ["", *(value or ())]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return what was shown."""
        return [text for text in super().value_from_datadict(data, files, name) if text]


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any permissions; those that the page shows as granted travel with it."""

    widget = PermissionsWidget
    hidden_widget = ShownPermissions

    def __init__(self) -> None:
        super().__init__(
            Permission.objects.all(), required=False, show_hidden_initial=True
        )


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role. Its name is the key, and is asked for once."""

    recognised = forms.BooleanField(
        required=False,
        initial=True,
        show_hidden_initial=True,
        help_text="Without it, the role grants nothing and /roles leaves it out.",
    )
    permissions = PermissionsField()

    class Meta:
        model = Role
        fields = ("name", "recognised", "permissions")

    def edit(self) -> RoleEdit:
        """Return what was changed, compared with what the page had shown."""
        chosen = frozenset(each.pk for each in self.cleaned_data["permissions"])
        shown = frozenset(self._shown("permissions"))
        recognised: bool = self.cleaned_data["recognised"]
        was = self.fields["recognised"].to_python(self._shown("recognised"))
        return RoleEdit(
            added=chosen - shown,
            removed=shown - chosen,
            recognised=None if recognised == was else recognised,
        )

    def _shown(self, name: str) -> Any:
        widget = self.fields[name].hidden_widget()
        shown = self.add_initial_prefix(name)
        return widget.value_from_datadict(self.data, self.files, shown)


def _counted(group: Group, options: list[dict[str, Any]]) -> dict[str, Any]:
    ticked = sum(option["selected"] for option in options)
    return {
        **group._asdict(),
        "options": options,
        "ticked": ticked,
        "number": len(options),
    }


def _summed(verb: str, areas: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {key: sum(area[key] for area in areas) for key in ("ticked", "number")}
    return {"verb": verb, "areas": areas, **sums}
