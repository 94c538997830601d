"""The roles app."""

import warnings

from django.apps import AppConfig
from django.core.checks import register
from jwt.warnings import InsecureKeyLengthWarning


class RolesConfig(AppConfig):
    """Who may do what: roles, scopes, bearer tokens and access rules."""

    name = "roles"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Roles and permissions"

    def ready(self) -> None:
        """Register the system checks, and silence one warning per token."""
        # A short HS_KEY is warned about once, at start, by a system check: sister
        # services share the key, so PyJWT's advice cannot be followed here alone.
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)

        from roles import access_checks  # noqa: PLC0415 (needs the app registry)

        register(access_checks.check_actions_are_guarded)
        register(access_checks.check_issuers_are_usable)
