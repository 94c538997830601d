"""Clinicians in the admin: found, read, and changed through the services."""

from clinicians.admin.clinician import ClinicianAdmin

__all__ = ["ClinicianAdmin"]
