"""Actions on rows that staff chose in a list, confirmed before anything is done.

Django's pattern: the action answers with a page that says what will happen to how many;
its form sends the same choice again, with CONFIRMED.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

TEMPLATE = "admin/confirm.html"
CONFIRMED = "confirmed"
ACROSS = "select_across"

SHOWN = 10
"""So many of the chosen are named."""

NOBODY = "Nothing was done: none of the chosen ones is there any more."


@dataclass(frozen=True, slots=True)
class Deed:
    """An action as its page puts it; `{}` stands for how many."""

    name: str
    """Of the action, as the list sends it."""

    heading: str
    explanation: str
    button: str
    form: type[forms.Form] = forms.Form
    limit: int | None = None
    """More than these are refused."""

    nobody: str = NOBODY
    """What is said when none of the chosen is left to do it to."""


Perform = Callable[[QuerySet[Any], Any], HttpResponseBase | None]
"""Does it to the chosen rows, with the valid form; may answer with something."""


class ConfirmedActions(Base):
    """For a ModelAdmin whose actions are confirmed. Goes before Django's class."""

    def name_chosen(self, row: Any) -> str:
        """Return what the page calls a row."""
        return str(row)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Run an action on the rows that were chosen by hand, or on the whole list.

        Those chosen by hand stay chosen when they no longer match the list's filters.
        """
        if request.POST.get(ACROSS, "0") != "1":
            queryset = self.get_queryset(request)
        if not all(map(self._may_be_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            self.message_user(request, NOBODY, messages.WARNING)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def confirm(
        self,
        request: HttpRequest,
        chosen: QuerySet[Any],
        deed: Deed,
        perform: Perform,
    ) -> HttpResponseBase | None:
        """Ask whether the deed is to be done; when that was confirmed, do it."""
        number = counted(chosen, deed.limit)
        if not number:
            self.message_user(request, deed.nobody, messages.WARNING)
            return None
        too_many = deed.limit is not None and number > deed.limit
        sent = CONFIRMED in request.POST and not too_many
        form = deed.form(request.POST if sent else None)
        if sent and form.is_valid():
            return perform(chosen, form)
        context = {
            **self.admin_site.each_context(request),
            **self._wording(deed, number, too_many=too_many),
            "opts": self.opts,
            "deed": deed,
            "form": form,
            "too_many": too_many,
            "names": [self.name_chosen(row) for row in chosen[:SHOWN]],
            "more": max(0, number - SHOWN),
            "chosen": _sent_again(request),
            "checkbox": ACTION_CHECKBOX_NAME,
            "across": request.POST.get(ACROSS, "0"),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, TEMPLATE, context)

    def _wording(self, deed: Deed, number: int, *, too_many: bool) -> dict[str, str]:
        many = f"more than {deed.limit:,}" if too_many else f"{number:,}"
        noun = self.opts.verbose_name if number == 1 else self.opts.verbose_name_plural
        return {
            "title": deed.heading.format(f"{many} {noun}"),
            "button": deed.button.format(many),
            "most": f"{deed.limit or 0:,} {self.opts.verbose_name_plural}",
        }

    def _may_be_key(self, text: str) -> bool:
        """Return whether a row could have this key; the database refuses some texts."""
        try:
            self.opts.pk.clean(text, None)
        except ValidationError:
            return False
        return "\0" not in text


def counted(chosen: QuerySet[Any], limit: int | None) -> int:
    """Return how many rows there are, no further than one past the limit."""
    keys = chosen.order_by().values("pk")
    return (keys if limit is None else keys[: limit + 1]).count()


def number_missing(request: HttpRequest, found: int) -> int:
    """Return how many of the rows chosen by hand are gone."""
    if request.POST.get(ACROSS, "0") == "1":
        return 0
    return len(set(request.POST.getlist(ACTION_CHECKBOX_NAME))) - found


def _sent_again(request: HttpRequest) -> list[str]:
    """Return the keys that the page sends: of a whole list one, or Django does nothing.

    A whole list is chosen anew when it is confirmed.
    """
    keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return keys[:1] if request.POST.get(ACROSS, "0") == "1" else keys
