"""The clinicians who have a role, as pages tell of them."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from roles.querysets import COUNTED
from users_service.pages.paginator import AtLeast

CLINICIANS = "admin:clinicians_clinician_changelist"


class Holders(NamedTuple):
    """How many there are, and where they are listed."""

    number: int
    link: str

    @property
    def words(self) -> str:
        """The number and the noun: `1 clinician`, `10,000+ clinicians`."""
        return f"{self.number} clinician{'' if self.number == 1 else 's'}"


def holders_of(role: Any) -> Holders:
    """Return who has a role that came `with_clinician_count`."""
    number: int = role.clinician_count
    query = urlencode({"role": role.name})
    return Holders(
        AtLeast(COUNTED) if number > COUNTED else number,
        f"{reverse(CLINICIANS)}?{query}",
    )
