"""Stored messages in the admin."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html

from clinicians.admin.names import name_html
from clinicians.models import Clinician
from roles.callers import acting_staff
from users_service.journal.models import OutboxMessage
from users_service.journal.outbox import KINDS, resend, set_aside
from users_service.journal.querysets import OutboxQuerySet
from users_service.pages.badges import badge
from users_service.pages.confirming import ConfirmedActions, Deed
from users_service.pages.long_lists import LongList
from users_service.pages.read_only import ReadOnly

Messages = QuerySet[OutboxMessage]

TIME = "j M Y, H:i"

SEND_AGAIN = Deed(
    name="send_again",
    heading="Send {} again",
    explanation="Delivered ones reach their receivers once more, as they were; failed "
    "and set aside ones are tried again. Those that still wait are not counted: they "
    "are sent anyway.",
    button="Yes, send {} again",
    limit=1_000,
    nobody="Nothing was done: none of the chosen messages has been delivered, has "
    "failed or was set aside.",
)
SET_ASIDE = Deed(
    name="set_aside",
    heading="Set {} aside",
    explanation="Receivers never get these failed messages. Later ones about the same "
    "clinicians, which wait behind them, go out. Until they are deleted, like "
    "delivered ones, they can be sent again.",
    button="Yes, set {} aside",
    limit=1_000,
    nobody="Nothing was done: none of the chosen messages has failed.",
)


class StateFilter(admin.SimpleListFilter):
    """Whether the broker has confirmed it."""

    title = "delivery"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the choices."""
        del request, model_admin
        return [
            ("waiting", "Waiting"),
            ("failed", "Failed"),
            ("delivered", "Delivered"),
            ("set_aside", "Set aside"),
        ]

    def queryset(self, request: HttpRequest, queryset: Messages) -> Messages:
        """Return those in the chosen state. An unknown value narrows nothing down."""
        del request
        messages = cast("OutboxQuerySet", queryset)
        match self.value():
            case "waiting":
                return messages.undelivered()
            case "failed":
                return messages.failed()
            case "delivered":
                return messages.filter(delivered__isnull=False)
            case "set_aside":
                return messages.filter(set_aside__isnull=False)
            case _:
                return messages


class KindFilter(admin.SimpleListFilter):
    """What it is about: of four kinds, without a look at all rows."""

    title = "kind"
    parameter_name = "routing_key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the kinds in words."""
        del request, model_admin
        return list(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: Messages) -> Messages:
        """Return those of the chosen kind."""
        del request
        if self.value() is None:
            return queryset
        return queryset.filter(routing_key=self.value())


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, ConfirmedActions, LongList):
    """What is stored for delivery and what was delivered lately, the latest first.

    Without the bodies: they are for their receivers, and one of a failed login quotes
    what somebody typed as a username, which now and then is a password.
    """

    list_display = ("what", "about", "delivery", "stored")
    list_filter = (StateFilter, KindFilter, "created")
    search_fields = ("clinician_id__exact", "correlation_id__exact")
    search_help_text = "A clinician's id or a correlation id, exactly."
    ordering = ("-id",)
    exclude = ("body", "size")
    actions = ("send_again", "set_aside")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the bodies in the database."""
        return super().get_queryset(request).defer("body")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the page of the list, with the clinicians that it names."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        ids = {row.clinician_id for row in rows if row.clinician_id}
        named = Clinician.objects.only("first_name", "last_name").in_bulk(ids)
        for row in rows:
            row.clinician = named.get(row.clinician_id)
        changelist.result_list = rows
        return changelist

    @admin.display(ordering="routing_key")
    def what(self, message: OutboxMessage) -> str:
        """What it is about, in words."""
        key: str = message.routing_key
        return KINDS.get(key, key)

    @admin.display(description="about")
    def about(self, message: OutboxMessage) -> str | None:
        """The clinician, by name; the id of one who is gone."""
        clinician: Clinician | None = getattr(message, "clinician", None)
        if clinician is None:
            key: str | None = message.clinician_id
            return key
        view = f"{self.admin_site.name}:clinicians_clinician_change"
        path = reverse(view, args=[quote(clinician.pk)])
        return format_html('<a href="{}">{}</a>', path, name_html(clinician))

    @admin.display(description="stored (UTC)", ordering="id")
    def stored(self, message: OutboxMessage) -> str:
        """When it was stored, with what it tells of."""
        return date_format(message.created, TIME)

    @admin.display(description="delivered", ordering="delivered")
    def delivery(self, message: OutboxMessage) -> str:
        """When it was delivered, or why it is not."""
        if message.delivered is not None:
            return date_format(message.delivered, TIME)
        if message.set_aside is not None:
            return badge("quiet", "Set aside")
        if message.has_failed:
            return format_html("{} {}", badge("bad", "Failed"), message.error)
        if not message.failures:
            return badge("quiet", "Waiting")
        times = "once" if message.failures == 1 else f"{message.failures} times"
        return badge("warn", f"Waiting, failed {times}")

    @admin.action(description="Send again", permissions=["resend"])
    def send_again(
        self, request: HttpRequest, chosen: Messages
    ) -> HttpResponseBase | None:
        """Have those of the chosen messages sent again that do not wait."""

        def perform(rows: Messages, _: Any) -> None:
            numbers = list(rows.values_list("pk", flat=True))
            sent = resend(actor=acting_staff(request), numbers=numbers, since=None)
            word = "message goes" if sent == 1 else "messages go"
            level = messages.SUCCESS if sent else messages.INFO
            self.message_user(request, f"{sent:,} {word} out again.", level)

        settled = cast("OutboxQuerySet", chosen).resendable()
        return self.confirm(request, settled, SEND_AGAIN, perform)

    @admin.action(description="Set aside", permissions=["resend"])
    def set_aside(
        self, request: HttpRequest, chosen: Messages
    ) -> HttpResponseBase | None:
        """Let the failed ones among the chosen messages never be delivered."""

        def perform(rows: Messages, _: Any) -> None:
            numbers = list(rows.values_list("pk", flat=True))
            number = set_aside(actor=acting_staff(request), numbers=numbers)
            word = "message was" if number == 1 else "messages were"
            level = messages.SUCCESS if number else messages.INFO
            self.message_user(request, f"{number:,} {word} set aside.", level)

        failed = cast("OutboxQuerySet", chosen).failed()
        return self.confirm(request, failed, SET_ASIDE, perform)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Only those who were given this permission of its own."""
        return request.user.has_perm("journal.resend_outboxmessage")

    def name_chosen(self, row: OutboxMessage) -> str:
        """Return what it is about, and when it was stored."""
        return f"{self.what(row)}, {date_format(row.created, TIME)}"
