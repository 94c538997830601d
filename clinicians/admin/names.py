"""What a clinician is called on pages."""

from django.utils.safestring import SafeString

from clinicians.models import Clinician
from users_service.pages.isolation import bdi, isolated


def name_of(clinician: Clinician) -> str:
    """Return first and last name as text; the id of a clinician without names."""
    names = (clinician.first_name, clinician.last_name)
    return " ".join(isolated(name) for name in names if name) or str(clinician.pk)


def name_html(clinician: Clinician) -> SafeString:
    """Return first and last name as HTML; the id of a clinician without names."""
    return bdi(name_of(clinician))
