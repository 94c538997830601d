"""Setting and removing bookmarks."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from rest_framework.request import Request

from bookmarks import openapi
from clinicians.serializers.parts import PATH_ID
from clinicians.services.lists import change_membership
from roles.access import a_clinician, own_clinician, scope, system
from roles.viewsets import ApiViewSet
from users_service.database.fields import ID_LENGTH
from users_service.exceptions import InvalidInput


class LocationBookmarkViewSet(ApiViewSet):
    """A location that the clinician in the path marked."""

    _marker = (
        scope("read:send_clinician")
        & scope("read:send_location")
        & (own_clinician | system)
    )
    access: ClassVar = {"add": _marker, "remove": _marker}

    @openapi.ADD_LOCATION_BOOKMARK
    def add(
        self, request: Request, clinician_id: str, location_id: str
    ) -> HttpResponse:
        """Set the bookmark."""
        del request
        return self._mark(clinician_id, location_id, present=True)

    @openapi.REMOVE_LOCATION_BOOKMARK
    def remove(
        self, request: Request, clinician_id: str, location_id: str
    ) -> HttpResponse:
        """Remove the bookmark."""
        del request
        return self._mark(clinician_id, location_id, present=False)

    def _mark(
        self, clinician_id: str, location_id: str, *, present: bool
    ) -> HttpResponse:
        _check_id("location_id", location_id, present=present)
        change_membership(
            actor=self.caller,
            clinician_id=clinician_id,
            field="bookmarks",
            value=location_id,
            present=present,
        )
        return _empty(present=present)


class PatientBookmarkViewSet(ApiViewSet):
    """A patient whom the caller marked: the path's clinician id is ignored."""

    _marker = scope("write:send_patient") & a_clinician
    access: ClassVar = {"add": _marker, "remove": _marker}

    @openapi.ADD_PATIENT_BOOKMARK
    def add(self, request: Request, clinician_id: str, patient_id: str) -> HttpResponse:
        """Set the bookmark."""
        del request, clinician_id
        return self._mark(patient_id, present=True)

    @openapi.REMOVE_PATIENT_BOOKMARK
    def remove(
        self, request: Request, clinician_id: str, patient_id: str
    ) -> HttpResponse:
        """Remove the bookmark."""
        del request, clinician_id
        return self._mark(patient_id, present=False)

    def _mark(self, patient_id: str, *, present: bool) -> HttpResponse:
        _check_id("patient_id", patient_id, present=present)
        change_membership(
            actor=self.caller,
            clinician_id=self.caller.clinician_id or "",
            field="bookmarked_patients",
            value=patient_id,
            present=present,
        )
        return _empty(present=present)


def _check_id(name: str, value: str, *, present: bool) -> None:
    """Refuse an id that cannot be one; what is stored already may be removed."""
    if len(value) > ID_LENGTH:
        raise InvalidInput(errors={name: [f"At most {ID_LENGTH} characters."]})
    if not present:
        return
    try:
        PATH_ID(value)
    except ValidationError as error:
        raise InvalidInput(errors={name: error.messages}) from None


def _empty(*, present: bool) -> HttpResponse:
    response = HttpResponse(status=201 if present else 204)
    del response["Content-Type"]
    return response
