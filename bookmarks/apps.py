"""What clinicians marked."""

from django.apps import AppConfig


class BookmarksConfig(AppConfig):
    """Location and patient bookmarks."""

    name = "bookmarks"
    default_auto_field = "django.db.models.BigAutoField"
