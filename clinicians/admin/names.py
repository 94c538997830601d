"""What a clinician is called on pages."""

from clinicians.models import Clinician


def name_of(clinician: Clinician) -> str:
    """Return first and last name; the id of whoever has neither."""
    names = (clinician.first_name, clinician.last_name)
    return " ".join(name for name in names if name) or str(clinician.pk)
