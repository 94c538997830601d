"""The actions of the clinicians' list."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clinicians.admin.actions import deeds
from clinicians.admin.actions.export import csv_of
from clinicians.admin.actions.outcomes import Outcome, done_to_each, people
from clinicians.admin.names import name_of
from clinicians.models import Clinician
from clinicians.services import members
from clinicians.services.locking import lock_clinician, row_transaction
from clinicians.services.lockout import unlock
from clinicians.services.update import edit_clinician
from roles.callers import Caller, acting_staff
from users_service.pages.confirming import ConfirmedActions, Deed, number_missing

Chosen = QuerySet[Clinician]
Answer = HttpResponseBase | None
Change = Callable[[Caller, str, dict[str, Any]], bool]
"""Takes who does it, to whom, and what the form asked for."""


class ClinicianActions(ConfirmedActions):
    """The actions' part of the clinicians' admin."""

    actions = (
        "activate",
        "deactivate",
        "unlock",
        "end_contract",
        "add_role",
        "remove_role",
        "map_role",
        "export_csv",
    )

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Let the chosen clinicians log in."""

        def change(actor: Caller, pk: str, _: dict[str, Any]) -> bool:
            return _edited(actor, pk, {"login_active": True})

        words = ("activated", "active already")
        return self._each(request, chosen, deeds.ACTIVATE, change, words)

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Keep the chosen clinicians from logging in."""

        def change(actor: Caller, pk: str, _: dict[str, Any]) -> bool:
            return _edited(actor, pk, {"login_active": False})

        words = ("deactivated", "inactive already")
        return self._each(request, chosen, deeds.DEACTIVATE, change, words)

    @admin.action(description="Unlock the login", permissions=["change"])
    def unlock(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Forget the failed logins of the chosen clinicians."""

        def change(actor: Caller, pk: str, _: dict[str, Any]) -> bool:
            return unlock(actor=actor, clinician_id=pk)

        words = ("unlocked", "not locked")
        return self._each(request, chosen, deeds.UNLOCK, change, words)

    @admin.action(description="End the contract on a date", permissions=["change"])
    def end_contract(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Set the last day of the contracts of the chosen clinicians."""

        def change(actor: Caller, pk: str, given: dict[str, Any]) -> bool:
            return _edited(actor, pk, {"contract_expiry_eod_date": given["end"]})

        words = ("given this last day", "to leave on that day already")
        return self._each(request, chosen, deeds.END_CONTRACT, change, words)

    @admin.action(description="Add a role", permissions=["change"])
    def add_role(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Put the chosen clinicians into a role."""

        def change(actor: Caller, pk: str, given: dict[str, Any]) -> bool:
            return _edited(actor, pk, {"groups": [given["role"].pk]})

        words = ("put into the role", "in it already")
        return self._each(request, chosen, deeds.ADD_ROLE, change, words)

    @admin.action(description="Remove a role", permissions=["change"])
    def remove_role(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Take the chosen clinicians out of a role."""

        def change(actor: Caller, pk: str, given: dict[str, Any]) -> bool:
            return _edited(actor, pk, {}, {"groups": [given["role"].pk]})

        words = ("taken out of the role", "not in it")
        return self._each(request, chosen, deeds.REMOVE_ROLE, change, words)

    @admin.action(description="Replace an unrecognised role", permissions=["change"])
    def map_role(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Give those with an unrecognised role a recognised one instead."""

        def change(actor: Caller, pk: str, given: dict[str, Any]) -> bool:
            return _mapped(actor, pk, old=given["old"].pk, new=given["new"].pk)

        words = ("given the other role", "without the unrecognised role")
        return self._each(request, chosen, deeds.MAP_ROLE, change, words)

    @admin.action(description="Export as CSV", permissions=["change"])
    def export_csv(self, request: HttpRequest, chosen: Chosen) -> Answer:
        """Send the chosen clinicians as a file, however many they are."""
        return self.confirm(
            request, chosen, deeds.EXPORT, lambda rows, _: csv_of(request, rows)
        )

    def name_chosen(self, row: Clinician) -> str:
        """Return first and last name."""
        return name_of(row)

    def _each(
        self,
        request: HttpRequest,
        chosen: Chosen,
        deed: Deed,
        change: Change,
        words: tuple[str, str],
    ) -> Answer:
        actor = acting_staff(request)

        def perform(rows: Chosen, form: Any) -> None:
            # In a stable order: who does the same at once waits, and goes on.
            bare = rows.prefetch_related(None).only("first_name", "last_name")
            found = list(bare.order_by("pk"))
            given = form.cleaned_data
            outcome = done_to_each(found, lambda pk: change(actor, pk, given))
            outcome.gone += number_missing(request, len(found))
            self._say(request, outcome, words)

        return self.confirm(request, chosen, deed, perform)

    def _say(
        self, request: HttpRequest, outcome: Outcome, words: tuple[str, str]
    ) -> None:
        changed, already = words
        texts = [f"{people(outcome.changed)} {changed}."]
        if outcome.already:
            texts.append(f"{people(outcome.already)} {already}.")
        level = messages.SUCCESS if outcome.changed else messages.INFO
        self.message_user(request, " ".join(texts), level)
        if outcome.gone:
            text = f"No longer there: {outcome.gone:,} of those chosen."
            self.message_user(request, text, messages.WARNING)
        if outcome.refused:
            text = f"{people(len(outcome.refused))} refused: {outcome.refusals()}."
            self.message_user(request, text, messages.WARNING)


def _edited(actor: Caller, pk: str, given: dict[str, Any], removed: Any = None) -> bool:
    return edit_clinician(actor=actor, clinician_id=pk, given=given, removed=removed)


@row_transaction
def _mapped(actor: Caller, pk: str, *, old: str, new: str) -> bool:
    """Replace a role in one edit, if the clinician has it; returns whether it has."""
    if old not in members.present(lock_clinician(pk), "groups"):
        return False
    return _edited(actor, pk, {"groups": [new]}, {"groups": [old]})
