"""The audit trail in the admin."""

from django.contrib import admin

from users_service.journal.models import AuditEntry
from users_service.pages.read_only import ReadOnly


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who did what to whom, the latest first."""

    list_display = ("created", "action", "actor", "actor_kind", "clinician_id")
    list_filter = ("action", "actor_kind", "created")
    search_fields = ("clinician_id__exact", "actor__exact", "request_id__exact")
    search_help_text = "A clinician's id, an actor or a request id, exactly."
    ordering = ("-created", "-id")
