"""Clinicians in the admin."""

from django.contrib import admin

from clinicians.admin.actions import ClinicianActions
from clinicians.admin.listing import ClinicianListing
from clinicians.admin.tools import ClinicianTools
from clinicians.models import Clinician


@admin.register(Clinician)
class ClinicianAdmin(ClinicianListing, ClinicianActions, ClinicianTools):
    """Finding a clinician, reading all but the password, and changing it."""
