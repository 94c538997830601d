"""Many clinicians: lists, a location's, those of given ids."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponseNotModified
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from clinicians import documents
from clinicians.documents import Tally, Wanted
from clinicians.filters import FILTER_NAMES, ClinicianFilter
from clinicians.forms import Form
from clinicians.models import Clinician
from clinicians.openapi import operations
from clinicians.views.parameters import CompactQuery, ListQuery
from roles.access import scope
from roles.viewsets import ApiViewSet
from users_service.api.conditional import is_unchanged
from users_service.api.fields import OpaqueIdField
from users_service.api.parsers import json_body
from users_service.api.quick import Doubt, quick
from users_service.api.responses import joined, spooled_json
from users_service.api.serializers import StrictListField
from users_service.exceptions import InvalidInput

IDS = StrictListField(child=OpaqueIdField(allow_blank=True))
QUICK_IDS = quick(IDS)

Envelope = Callable[[Iterable[str], Callable[[], int]], Iterator[str]]
"""Puts JSON texts into the answer's shape; asks for the total if it shows it."""

SUCCESSOR = '</dhos/v2/clinicians>; rel="successor-version"'


class ClinicianListViewSet(ApiViewSet):
    """Many clinicians."""

    _listed = (
        scope("read:gdm_clinician_all")
        | scope("read:gdm_clinician")
        | scope("read:send_clinician_all")
    )
    access: ClassVar = {
        "list_v1": _listed | scope("read:send_clinician_temp"),
        "list_v2": _listed | scope("read:send_clinician_temp"),
        "by_ids": _listed | scope("read:send_clinician"),
        "at_location": scope("read:gdm_clinician_all"),
    }
    query: ClassVar = {
        "list_v1": ListQuery,
        "list_v2": ListQuery,
        "by_ids": CompactQuery,
    }

    @operations.LIST_CLINICIANS_V1
    def list_v1(self, request: Request) -> HttpResponseBase:
        """Return a bare list."""
        response = self._answer(request, self._wanted(), _bare)
        response["Deprecation"] = "true"
        response["Link"] = SUCCESSOR
        return response

    @operations.LIST_CLINICIANS
    def list_v2(self, request: Request) -> HttpResponseBase:
        """Return a list and the number of matches."""
        return self._answer(request, self._wanted(), _with_total)

    @operations.GET_CLINICIANS
    def by_ids(self, request: Request) -> HttpResponseBase:
        """Return the clinicians of a list of ids, null for unknown ones."""
        ids = _ids(json_body(request))
        form = Form.COMPACT if self.parameters["compact"] else Form.FULL
        found = documents.by_id_in_order(form, list(dict.fromkeys(ids)))
        members = (f"{json.dumps(name)}:{text or 'null'}" for name, text in found)
        return spooled_json(joined(members, opening="{", closing="}"))

    @operations.LIST_CLINICIANS_AT_LOCATION
    def at_location(self, request: Request, location_id: str) -> HttpResponseBase:
        """Return everybody who works at a location."""
        clinicians = Clinician.objects.at_location(location_id)
        return self._answer(request, Wanted(Form.FULL, clinicians), _bare)

    def _wanted(self) -> Wanted:
        """Return the list that the query string asks for."""
        filters = ClinicianFilter(
            {name: self.parameters.get(name) for name in FILTER_NAMES},
            queryset=Clinician.objects.all(),
        )
        if not filters.is_valid():
            raise InvalidInput(errors=filters.errors)
        return Wanted(
            self._form(),
            filters.clinicians,
            filters.ordering,
            self.parameters["offset"],
            self.parameters["limit"],
        )

    def _form(self) -> Form:
        if self.parameters["expanded"]:
            return Form.FULL
        return Form.LIST_COMPACT if self.parameters["compact"] else Form.LIST

    def _answer(
        self, request: Request, wanted: Wanted, envelope: Envelope
    ) -> HttpResponseBase:
        if not wanted.limit:
            return self._whole_list(request, wanted, envelope)
        page = documents.page(wanted, counted=envelope is _with_total)
        return spooled_json(envelope(page.items, lambda: page.total))

    def _whole_list(
        self, request: Request, wanted: Wanted, envelope: Envelope
    ) -> HttpResponseBase:
        """Return a list without a limit, or 304 before it is built.

        Whoever sends no entity tag is spared that look: the list is counted as it
        passes, if it is all that matches.
        """
        query = request.META.get("QUERY_STRING", "")
        known = request.META.get("HTTP_IF_NONE_MATCH", "")
        tally = Tally()
        if known or wanted.offset:
            tally = Tally(*wanted.clinicians.state(), is_final=True)
        etag = partial(documents.list_etag, tally, wanted.form, query)
        if is_unchanged(known, etag()):
            return HttpResponseNotModified(headers={"ETag": etag()})
        items = documents.stream(wanted, tally)
        return spooled_json(envelope(items, lambda: tally.number), etag=etag)


def _ids(given: Any) -> list[str]:
    """Return the ids of a list, in which the same may stand twice."""
    try:
        ids: list[str] = QUICK_IDS(given)
    except Doubt:
        ids = IDS.run_validation(given)
    return ids


def _bare(items: Iterable[str], total: Callable[[], int]) -> Iterator[str]:
    del total
    return joined(items, opening="[", closing="]")


def _with_total(items: Iterable[str], total: Callable[[], int]) -> Iterator[str]:
    yield from joined(items, opening='{"results":[', closing="]")
    yield f',"total":{total()}}}'
