"""Stored messages in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from users_service.journal.models import OutboxMessage
from users_service.pages.read_only import ReadOnly


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What is stored for delivery and what was delivered lately, the latest first.

    Without the bodies: they are for their receivers, and one of a failed login quotes
    what somebody typed as a username, which now and then is a password.
    """

    list_display = (
        "id",
        "created",
        "routing_key",
        "clinician_id",
        "delivered",
        "failures",
    )
    list_filter = (
        ("delivered", admin.EmptyFieldListFilter),
        "routing_key",
        "created",
    )
    search_fields = ("clinician_id__exact", "correlation_id__exact")
    search_help_text = "A clinician's id or a correlation id, exactly."
    ordering = ("-id",)
    exclude = ("body",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the bodies in the database."""
        return super().get_queryset(request).defer("body")
