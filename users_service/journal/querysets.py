"""Sets of audit entries and of stored messages, in their own words."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from users_service.journal.models import AuditEntry, OutboxMessage  # noqa: F401

MAX_CHANNEL_ERRORS = 3
"""A message that has broken the publisher's channel so often has failed."""


class Position(NamedTuple):
    """Where an entry stands in the trail: by its time, then by its number."""

    created: datetime
    id: int


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Audit entries."""

    def about(self, clinician_id: str) -> Self:
        """Those about this clinician."""
        return self.filter(clinician_id=clinician_id)

    def by(self, actor: str) -> Self:
        """Those of what this actor did."""
        return self.filter(actor=actor)

    def since(self, moment: datetime) -> Self:
        """Those from this moment on, it included."""
        return self.filter(created__gte=moment)

    def before(self, moment: datetime) -> Self:
        """Those older than this moment."""
        return self.filter(created__lt=moment)

    def newest_first(self) -> Self:
        """In the order of the trail's pages."""
        return self.order_by("-created", "-id")

    def following(self, last: Position) -> Self:
        """Those that come after this one, the newest first.

        The first condition is the one that an index serves.
        """
        return self.filter(created__lte=last.created).filter(
            Q(created__lt=last.created) | Q(id__lt=last.id)
        )


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Stored messages."""

    def undelivered(self) -> Self:
        """Those that are to be delivered still, failed ones included."""
        return self.filter(delivered=None, set_aside=None)

    def failed(self) -> Self:
        """Those that broke the channel again and again, and wait for staff."""
        erroneous = self.filter(channel_errors__gt=0)  # what the index is asked for
        return erroneous.undelivered().filter(channel_errors__gte=MAX_CHANNEL_ERRORS)

    def blocked_by(self, failed: "Iterable[OutboxMessage]") -> Self:
        """Those failed ones, and all that wait behind them."""
        whose = {each.clinician_id for each in failed} - {None}
        numbers = {each.pk for each in failed}
        return self.filter(Q(pk__in=numbers) | Q(clinician_id__in=whose))

    def resendable(self) -> Self:
        """Those that can be sent again: delivered, failed or set aside."""
        settled = Q(delivered__isnull=False) | Q(set_aside__isnull=False)
        return self.filter(settled | Q(channel_errors__gte=MAX_CHANNEL_ERRORS))

    def delivered_since(self, moment: datetime) -> Self:
        """Those that the broker confirmed from this moment on."""
        return self.filter(delivered__gte=moment)
