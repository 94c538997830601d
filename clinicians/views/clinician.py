"""One clinician: create, read, change, set the password."""

from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request

from clinicians import documents
from clinicians.forms import Form
from clinicians.models import normalise_email
from clinicians.openapi import operations
from clinicians.serializers import (
    CreateSerializer,
    PasswordSerializer,
    RemoveSerializer,
    UpdateSerializer,
)
from clinicians.services.create import create_clinician
from clinicians.services.credentials import set_password
from clinicians.services.rules import TempOnly, check_is_temporary
from clinicians.services.update import remove_from_clinician, update_clinician
from clinicians.views.parameters import (
    ByIdQuery,
    CreateQuery,
    EmailQuery,
    expected_versions,
    full_form,
)
from roles.access import Fact, own_clinician, scope
from roles.scopes import Scope
from roles.viewsets import ApiViewSet
from users_service.api.addresses import looks_like_address
from users_service.api.parsers import json_body
from users_service.api.validation import validated
from users_service.exceptions import InvalidInput, NotFound


class ClinicianViewSet(ApiViewSet):
    """One clinician."""

    access: ClassVar = {
        "create": scope("write:gdm_clinician_all")
        | scope("write:send_clinician_all")
        | scope("write:send_clinician_temp"),
        "by_email": scope("read:gdm_clinician_all"),
        "set_password": scope("write:gdm_clinician_all"),
        "retrieve": scope("read:gdm_clinician_all")
        | scope("read:send_clinician_all")
        | scope("read:send_clinician_temp")
        | (
            (scope("read:gdm_clinician") | scope("read:send_clinician")) & own_clinician
        ),
        "update": scope("write:gdm_clinician_all")
        | scope("write:send_clinician_all")
        | scope("write:send_clinician_temp")
        | (
            (scope("write:gdm_clinician") | scope("write:send_clinician"))
            & own_clinician
        ),
        "remove": scope("write:gdm_clinician_all")
        | scope("write:send_clinician_all")
        | (scope("write:gdm_clinician") & own_clinician),
    }
    query: ClassVar = {
        "create": CreateQuery,
        "by_email": EmailQuery,
        "set_password": EmailQuery,
        "retrieve": ByIdQuery,
        "update": ByIdQuery,
    }

    @operations.CREATE_CLINICIAN
    def create(self, request: Request) -> HttpResponseBase:
        """Create a clinician."""
        body = validated(CreateSerializer, json_body(request))
        document = create_clinician(
            actor=self.caller,
            fields=body,
            temp_only=self._confined() is TempOnly.IMPLIED,
            send_welcome_email=self.parameters["send_welcome_email"],
        )
        return full_form(document)

    @operations.FIND_CLINICIAN
    def by_email(self, request: Request) -> HttpResponseBase:
        """Return the clinician with an e-mail address."""
        del request
        given = self.parameters["email"]
        if not looks_like_address(given):
            raise InvalidInput(f"Email {given} is not valid")
        document = documents.by_email(Form.FULL, normalise_email(given) or "")
        if document is None:
            raise NotFound(f"No user found with address {given}")
        return full_form(document)

    @operations.SET_PASSWORD
    def set_password(self, request: Request) -> HttpResponseBase:
        """Set the password of the clinician with an e-mail address."""
        body = validated(PasswordSerializer, json_body(request))
        document = set_password(
            actor=self.caller,
            email_address=self.parameters["email"],
            password=body["password"],
            expected=expected_versions(request),
        )
        return full_form(document)

    @operations.GET_CLINICIAN
    def retrieve(self, request: Request, clinician_id: str) -> HttpResponseBase:
        """Return one clinician."""
        del request
        document = documents.existing(Form.FULL, clinician_id)
        if self.parameters["temp_only"]:
            check_is_temporary(is_temporary=bool(document.is_temporary))
        return full_form(document)

    @operations.UPDATE_CLINICIAN
    def update(self, request: Request, clinician_id: str) -> HttpResponseBase:
        """Change what the body names."""
        body = validated(UpdateSerializer, json_body(request))
        asked = self.parameters["temp_only"]
        document = update_clinician(
            actor=self.caller,
            clinician_id=clinician_id,
            given=body,
            temp_only=TempOnly.ASKED if asked else self._confined(),
            own_only=self._is_own_only(),
            expected=expected_versions(request),
        )
        return full_form(document)

    @operations.REMOVE_FROM_CLINICIAN
    def remove(self, request: Request, clinician_id: str) -> HttpResponseBase:
        """Take the members that the body names out of the clinician's lists."""
        body = validated(RemoveSerializer, json_body(request))
        document = remove_from_clinician(
            actor=self.caller,
            clinician_id=clinician_id,
            given=body,
            own_only=self._is_own_only(),
            expected=expected_versions(request),
        )
        return full_form(document)

    def _is_own_only(self) -> bool:
        """Return whether being the clinician in the path is what allows this call.

        A scope for temporary clinicians beside it widens nothing.
        """
        rule, clinician_id = self.access[self.action], self.kwargs["clinician_id"]
        temp = Scope.WRITE_SEND_CLINICIAN_TEMP
        return rule.allows_without(self.caller, clinician_id, temp) and not (
            rule.allows_without(self.caller, clinician_id, temp, Fact.OWN)
        )

    def _confined(self) -> TempOnly:
        """Return IMPLIED when only write:send_clinician_temp grants this call."""
        granted = self.access[self.action].allows_without(
            self.caller,
            self.kwargs.get("clinician_id"),
            Scope.WRITE_SEND_CLINICIAN_TEMP,
        )
        return TempOnly.NO if granted else TempOnly.IMPLIED
