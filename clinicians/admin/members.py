"""Lists of a clinician on its page: members to remove, and room for new ones.

A page says what comes and what goes, and not what is left: a member that somebody else
added or removed meanwhile stays as it is.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django import forms


class MembersEdit(NamedTuple):
    """What a page said about a list; `members` are those it has at the moment."""

    gone: tuple[str, ...]
    new: tuple[str, ...]
    members: tuple[str, ...] = ()

    @property
    def added(self) -> list[str]:
        """The members to add, each once."""
        return sorted(set(self.new))

    @property
    def removed(self) -> list[str]:
        """The members to remove, unless they were typed in again."""
        return sorted(set(self.gone) - set(self.new))


class MembersWidget(forms.Widget):
    """A box per member to remove it, and text inputs for new ones."""

    template_name = "clinicians/members.html"

    def __init__(self, label: str, suggestions: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.label = label
        self.suggestions = suggestions

    class Media:
        js = ("clinicians/members.js",)

    def id_for_label(self, id_: str | None) -> str:
        """Return nothing: the label is that of the group, not of one of its inputs."""
        del id_
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows: a list at first, an edit once submitted."""
        context = super().get_context(name, None, attrs)
        edit = value
        if not isinstance(value, MembersEdit):
            edit = MembersEdit((), (), tuple(value or ()))
        context["widget"] |= {
            "label": self.label,
            "members": [(member, member in edit.gone) for member in edit.members],
            "new": edit.new or ("",),
            "suggestions": list(self.suggestions()),
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> MembersEdit:
        """Return what was submitted."""
        del files
        new = (text.strip() for text in data.getlist(f"{name}-new"))
        gone = tuple(data.getlist(f"{name}-removed"))
        return MembersEdit(gone, tuple(text for text in new if text))


class MembersField(forms.Field):
    """A list of a clinician; cleaned to a MembersEdit."""

    def __init__(
        self,
        *,
        label: str,
        help_text: str = "",
        suggestions: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        widget = MembersWidget(label, suggestions)
        super().__init__(
            required=False, label=label, help_text=help_text, widget=widget
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether members come or go."""
        del initial
        return bool(data.added or data.removed)

    def bound_data(self, data: Any, initial: Any) -> MembersEdit:
        """Return what was submitted, with the members that there are."""
        edit: MembersEdit = data
        return edit._replace(members=tuple(initial or ()))
