"""The clinician and what belongs to one."""

from clinicians.models.belongings import (
    SEND,
    ClinicianLocation,
    ClinicianRole,
    Product,
    TermsAgreement,
)
from clinicians.models.clinician import (
    REQUIRED,
    SCALARS,
    Clinician,
    normalise_email,
)
from clinicians.models.guard import LoginGuard
from clinicians.models.identifiers import (
    IDENTIFIERS,
    IdentifierBlock,
    new_id,
    new_version,
)

__all__ = [
    "IDENTIFIERS",
    "REQUIRED",
    "SCALARS",
    "SEND",
    "Clinician",
    "ClinicianLocation",
    "ClinicianRole",
    "IdentifierBlock",
    "LoginGuard",
    "Product",
    "TermsAgreement",
    "new_id",
    "new_version",
    "normalise_email",
]
