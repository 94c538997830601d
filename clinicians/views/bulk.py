"""Bulk creation."""

from typing import ClassVar

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request

from clinicians.openapi import operations
from clinicians.serializers.checking import bulk_check
from clinicians.services.bulk import create_in_bulk
from roles.access import scope
from roles.viewsets import ApiViewSet
from users_service.api.parsers import json_body
from users_service.api.responses import JsonText


class BulkViewSet(ApiViewSet):
    """Many clinicians moved in by one request."""

    access: ClassVar = {"create": scope("write:clinician_migration")}

    @property
    def body_limit(self) -> int:
        """How many bytes the body may have."""
        return settings.MAX_BULK_BODY_BYTES

    @operations.CREATE_CLINICIANS
    def create(self, request: Request) -> HttpResponseBase:
        """Create all clinicians of the list, or none."""
        items = bulk_check().all_of(json_body(request))
        created = create_in_bulk(actor=self.caller, items=items)
        return JsonText(f'{{"created": {created}}}')
