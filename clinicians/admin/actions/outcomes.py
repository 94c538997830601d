"""Doing something to one clinician after the other, and saying what came of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from clinicians.admin.names import name_of
from clinicians.admin.saving import refused_by
from clinicians.models import Clinician
from users_service.exceptions import NotFound, ServiceError

NAMED = 5
"""So many of those who were refused are named."""


@dataclass(slots=True)
class Outcome:
    """How many were changed, how many were so already, and who was not let through."""

    changed: int = 0
    already: int = 0
    gone: int = 0
    refused: list[str] = field(default_factory=list)

    def refusals(self) -> str:
        """Return who was refused and why: the first few by name."""
        more = len(self.refused) - NAMED
        told = [*self.refused[:NAMED], *([f"and {more} more"] if more > 0 else [])]
        return "; ".join(told)


def done_to_each(
    clinicians: Iterable[Clinician], change: Callable[[str], bool]
) -> Outcome:
    """Change one after the other, each in a transaction of its own.

    `change` takes an id and returns whether it changed anything. What is refused for
    one does not keep the others from being changed.
    """
    outcome = Outcome()
    for clinician in clinicians:
        try:
            if change(clinician.pk):
                outcome.changed += 1
            else:
                outcome.already += 1
        except NotFound:
            outcome.gone += 1
        except ServiceError as error:
            outcome.refused.append(f"{name_of(clinician)} ({_why(error)})")
    return outcome


def people(number: int) -> str:
    """Return how many clinicians, with the verb that follows."""
    return "1 clinician was" if number == 1 else f"{number:,} clinicians were"


def _why(error: ServiceError) -> str:
    return " ".join(text for texts in refused_by(error).values() for text in texts)
