"""Access rules as data that reads like the HTTP contract's table.

    scope("read:gdm_clinician_all") | (scope("read:gdm_clinician") & own_clinician)

A rule is kept in disjunctive normal form: a set of alternatives, each the set of
what must hold together.
"""

from dataclasses import dataclass
from enum import Enum

from roles.callers import Caller
from roles.scopes import Scope


class Fact(Enum):
    """What may be asked of a caller besides scopes.

    Not a string enum on purpose: a token's scopes are strings, and one that is
    called "own" must not count as the fact.
    """

    OWN = "own"
    SYSTEM = "system"
    CLINICIAN = "a clinician_id in the token"


Requirement = Scope | Fact
Alternative = frozenset[Requirement]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call: everyone whom at least one of `alternatives` fits."""

    alternatives: frozenset[Alternative]

    def __or__(self, other: "Rule") -> "Rule":
        return Rule(self.alternatives | other.alternatives)

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(
            frozenset(
                mine | theirs
                for mine in self.alternatives
                for theirs in other.alternatives
            )
        )

    def __str__(self) -> str:
        texts = [_text(each) for each in sorted(self.alternatives, key=_order)]
        if len(texts) == 1:
            return texts[0]
        return " or ".join(f"({text})" if " and " in text else text for text in texts)

    def allows(self, caller: Caller, clinician_id: str | None) -> bool:
        """Whether `caller` may act on the clinician in the path (None: not any)."""
        held = caller.scopes | _facts(caller, clinician_id)
        return self._is_met_by(held)

    def allows_without(
        self, caller: Caller, clinician_id: str | None, *requirements: Requirement
    ) -> bool:
        """Whether the caller would be allowed if none of `requirements` were met."""
        held = caller.scopes | _facts(caller, clinician_id)
        return self._is_met_by(held - set(requirements))

    def _is_met_by(self, held: frozenset[object]) -> bool:
        return any(alternative <= held for alternative in self.alternatives)


def scope(name: str) -> Rule:
    """The rule that the token carries this scope.

    Raises ValueError for a name that `Scope` does not know.
    """
    return _rule(Scope(name))


def _rule(*requirements: Requirement) -> Rule:
    return Rule(frozenset({frozenset(requirements)}))


any_valid_token = _rule()
own_clinician = _rule(Fact.OWN)
system = _rule(Fact.SYSTEM)
a_clinician = _rule(Fact.CLINICIAN)


def _facts(caller: Caller, clinician_id: str | None) -> frozenset[Fact]:
    facts = set()
    if caller.is_system:
        facts.add(Fact.SYSTEM)
    if caller.clinician_id is not None:
        facts.add(Fact.CLINICIAN)
        if caller.clinician_id == clinician_id:
            facts.add(Fact.OWN)
    return frozenset(facts)


def _text(alternative: Alternative) -> str:
    if not alternative:
        return "any valid token"
    scopes = sorted(each.value for each in alternative if isinstance(each, Scope))
    facts = sorted(each.value for each in alternative if isinstance(each, Fact))
    return " and ".join(scopes + facts)


def _order(alternative: Alternative) -> tuple[int, str]:
    return len(alternative), _text(alternative)
