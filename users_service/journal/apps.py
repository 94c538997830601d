"""The journal: what happened, and what is to be announced."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Bottom layer, imported by every app that writes."""

    name = "users_service.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
