"""Terms agreements."""

from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request

from clinicians.openapi import operations
from clinicians.serializers import AgreementSerializer
from clinicians.services.terms import accept_terms
from roles.access import own_clinician, scope, system
from roles.viewsets import ApiViewSet
from users_service.api.parsers import json_body
from users_service.api.responses import JsonText
from users_service.api.validation import validated


class TermsAgreementViewSet(ApiViewSet):
    """What a clinician agrees to."""

    access: ClassVar = {
        "create": (
            scope("write:gdm_terms_agreement") | scope("write:send_terms_agreement")
        )
        & (own_clinician | system),
    }

    @operations.ACCEPT_TERMS
    def create(self, request: Request, clinician_id: str) -> HttpResponseBase:
        """Store an agreement."""
        body = validated(AgreementSerializer, json_body(request))
        return JsonText(
            accept_terms(
                actor=self.caller,
                clinician_id=clinician_id,
                agreement=body,
            )
        )
