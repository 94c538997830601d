"""The routes about clinicians, one ViewSet per resource."""

from clinicians.views.agreements import TermsAgreementViewSet
from clinicians.views.bulk import BulkViewSet
from clinicians.views.clinician import ClinicianViewSet
from clinicians.views.lists import ClinicianListViewSet
from clinicians.views.login import LoginViewSet

__all__ = [
    "BulkViewSet",
    "ClinicianListViewSet",
    "ClinicianViewSet",
    "LoginViewSet",
    "TermsAgreementViewSet",
]
