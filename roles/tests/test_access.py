from typing import Any

import pytest

from roles.access import (
    Fact,
    Rule,
    a_clinician,
    any_valid_token,
    own_clinician,
    scope,
    system,
)
from roles.callers import Caller
from roles.scopes import Scope

READ_ALL = scope("read:gdm_clinician_all")
READ_OWN = scope("read:gdm_clinician") & own_clinician


def caller(*scopes: str, **ids: Any) -> Caller:
    return Caller(scopes=frozenset(scopes), **ids)


def test_a_scope_allows_who_has_it_and_nobody_else() -> None:
    assert READ_ALL.allows(caller("read:gdm_clinician_all"), None)
    assert READ_ALL.allows(caller("x", "read:gdm_clinician_all"), None)
    assert not READ_ALL.allows(caller("read:gdm_clinician"), None)
    assert not READ_ALL.allows(caller(), None)


def test_an_unknown_scope_fails_where_the_rule_is_written() -> None:
    with pytest.raises(ValueError, match="read:everything"):
        scope("read:everything")


def test_or_is_the_union_of_the_alternatives() -> None:
    rule = READ_ALL | READ_OWN

    assert rule.alternatives == READ_ALL.alternatives | READ_OWN.alternatives
    assert rule.allows(caller("read:gdm_clinician_all"), "A1")
    assert rule.allows(caller("read:gdm_clinician", clinician_id="A1"), "A1")


def test_and_is_the_cross_product_of_the_alternatives() -> None:
    either = scope("read:gdm_clinician") | scope("read:send_clinician")

    assert (either & (own_clinician | system)).alternatives == {
        frozenset({Scope.READ_GDM_CLINICIAN, Fact.OWN}),
        frozenset({Scope.READ_GDM_CLINICIAN, Fact.SYSTEM}),
        frozenset({Scope.READ_SEND_CLINICIAN, Fact.OWN}),
        frozenset({Scope.READ_SEND_CLINICIAN, Fact.SYSTEM}),
    }


def test_and_needs_both_sides() -> None:
    assert not READ_OWN.allows(caller("read:gdm_clinician"), "A1")
    assert not READ_OWN.allows(caller(clinician_id="A1"), "A1")


def test_own_is_the_clinician_in_the_path_only() -> None:
    holder = caller("read:gdm_clinician", clinician_id="A1")

    assert READ_OWN.allows(holder, "A1")
    assert not READ_OWN.allows(holder, "a1")
    assert not READ_OWN.allows(holder, "B2")
    assert not READ_OWN.allows(holder, None)


def test_no_clinician_in_token_and_path_is_not_own() -> None:
    assert not own_clinician.allows(caller(), None)


def test_own_counts_for_a_token_that_carries_another_id_as_well() -> None:
    holder = Caller(id="P1", kind="patient", clinician_id="A1")

    assert own_clinician.allows(holder, "A1")


def test_system_and_clinician_are_what_the_token_carries() -> None:
    assert system.allows(caller(system_id="robot"), None)
    assert not system.allows(caller(clinician_id="A1"), None)
    assert a_clinician.allows(caller(clinician_id="A1"), "B2")
    assert not a_clinician.allows(caller(system_id="robot"), "B2")


@pytest.mark.parametrize("fact", Fact)
def test_a_scope_named_like_a_fact_is_not_the_fact(fact: Fact) -> None:
    rule = Rule(frozenset({frozenset({fact})}))

    assert not rule.allows(caller(fact.value, fact.name), "A1")


def test_any_valid_token_needs_nothing() -> None:
    assert any_valid_token.allows(caller(), None)
    assert any_valid_token.alternatives == {frozenset()}


def test_allows_without_tells_whether_a_scope_is_the_only_grant() -> None:
    rule = scope("write:send_clinician_temp") | scope("write:send_clinician_all")
    temp = Scope.WRITE_SEND_CLINICIAN_TEMP

    only = caller("write:send_clinician_temp")
    both = caller("write:send_clinician_temp", "write:send_clinician_all")
    assert not rule.allows_without(only, None, temp)
    assert rule.allows_without(both, None, temp)
    assert rule.allows(only, None)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (READ_ALL, "read:gdm_clinician_all"),
        (READ_OWN, "read:gdm_clinician and own"),
        (
            READ_OWN | READ_ALL,
            "read:gdm_clinician_all or (read:gdm_clinician and own)",
        ),
        (system, "system"),
        (
            scope("write:send_patient") & a_clinician,
            "write:send_patient and a clinician_id in the token",
        ),
        (any_valid_token, "any valid token"),
    ],
)
def test_a_rule_reads_like_the_contract(rule: Rule, text: str) -> None:
    assert str(rule) == text


def test_the_scopes_are_those_of_the_contract() -> None:
    of_the_trail = {"read:audit_event"}
    assert set(Scope) - of_the_trail == {
        "read:gdm_clinician",
        "read:gdm_clinician_all",
        "read:gdm_clinician_auth_all",
        "read:send_clinician",
        "read:send_clinician_all",
        "read:send_clinician_temp",
        "read:send_location",
        "write:clinician_migration",
        "write:gdm_clinician",
        "write:gdm_clinician_all",
        "write:gdm_terms_agreement",
        "write:send_clinician",
        "write:send_clinician_all",
        "write:send_clinician_temp",
        "write:send_patient",
        "write:send_terms_agreement",
    }
