"""The store of clinicians."""

from django.apps import AppConfig


class CliniciansConfig(AppConfig):
    """Clinicians and what belongs to one."""

    name = "clinicians"
    default_auto_field = "django.db.models.BigAutoField"
