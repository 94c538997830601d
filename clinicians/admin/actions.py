"""What staff do to the clinicians that they chose in the list."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clinicians.models import Clinician
from clinicians.services.lockout import unlock
from roles.callers import acting_staff

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Clinician]
else:
    Base = admin.ModelAdmin


class ClinicianActions(Base):
    """The actions' part of the clinicians' admin."""

    actions = ("unlock",)

    @admin.action(description="Unlock the login", permissions=["unlock"])
    def unlock(self, request: HttpRequest, chosen: QuerySet[Clinician]) -> None:
        """Forget the failed logins of the chosen clinicians."""
        actor = acting_staff(request)
        ids = chosen.values_list("pk", flat=True)
        number = sum(unlock(actor=actor, clinician_id=pk) for pk in ids)
        self.message_user(request, f"{number} unlocked of {len(ids)} chosen.")

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        """Whoever may change clinicians may unlock them."""
        return request.user.has_perm("clinicians.change_clinician")
