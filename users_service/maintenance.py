"""POST /drop_data: empties the store of a test set-up (HTTP contract)."""

import time

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from clinicians.services.removal import drop_all
from roles.access import system
from roles.viewsets import ApiViewSet
from users_service.exceptions import AccessDenied
from users_service.openapi import DROP_DATA


class DropDataViewSet(ApiViewSet):
    """For sister services, where ALLOW_DROP_DATA is true; PRODUCTION has no route."""

    access = {"drop": system}

    @DROP_DATA
    def drop(self, _request: Request) -> Response:
        """Remove all clinicians and undelivered events; roles and audit stay.

        Raises AccessDenied where ALLOW_DROP_DATA is not set.
        """
        if not settings.ALLOW_DROP_DATA:
            raise AccessDenied("ALLOW_DROP_DATA is not true")
        started = time.perf_counter()
        drop_all(actor=self.caller)
        taken = time.perf_counter() - started
        return Response({"complete": True, "time_taken": f"{taken:.2f}s"})
