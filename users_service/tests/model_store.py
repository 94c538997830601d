"""A small model of the clinician store, in memory, written from the HTTP contract.

It says with which status a write is refused, and what every read must hold.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from users_service.tests.model_clinician import (
    SCALARS,
    SETS,
    Caller,
    Json,
    Person,
    agreement_of,
    normal,
    person_of,
    product_of,
    touch,
)
from users_service.tests.model_rules import (
    Refused,
    Rules,
    in_any_order,
    in_order,
    is_send,
)

CHANGEABLE = (
    *("product_name", "opened_date", "closed_date"),
    *("closed_reason", "closed_reason_other"),
)
LEGACY_PASSWORD = "Pass@word1!"


class Store(Rules):
    """All clinicians, by id."""

    def __init__(self, roles: dict[str, list[str]]) -> None:
        self.roles = roles
        self.people: dict[str, Person] = {}

    # -- Writes --------------------------------------------------------------------

    def create(self, given: Json, caller: Caller) -> Person:
        in_order(self.wrong_with_new(given, caller))
        person = person_of(given, caller)
        if is_send(given) and person.temporary:
            person.fields["can_edit_ews"] = False
            person.give_badge()
        return person

    def bulk(self, items: list[Json], caller: Caller) -> None:
        in_any_order(self.wrong_with_bulk(items, caller))
        for item in items:
            person = self.people[item["uuid"]] = person_of(item, caller)
            person.password = LEGACY_PASSWORD if item.get("password_hash") else None

    def update(
        self, who: str, given: Json, caller: Caller, *, temp_only: bool, stale: bool
    ) -> Person:
        if who not in self.people:
            raise Refused(404, *self.wrong_with_values(given))
        person = self.people[who]
        faults = self.wrong_with_update(person, given, caller, temp_only=temp_only)
        in_any_order([*faults, *([412] if stale else [])])
        new = deepcopy(person)
        for name in set(SCALARS) & set(given):
            new.fields[name] = normal(name, given[name])
        for name in set(SETS) & set(given):
            new.sets[name] |= set(given[name])
        self._change_products(new, given.get("products") or (), caller)
        return self._changed(person, new, caller)

    def remove(self, who: str, given: Json, caller: Caller, *, stale: bool) -> Person:
        person = self.get(who)
        oneself = "groups" in given and caller.id == who
        in_any_order([*([403] if oneself else []), *([412] if stale else [])])
        new = deepcopy(person)
        for name in set(SETS) & set(given):
            new.sets[name] -= set(given[name])
        gone = [each["uuid"] for each in given.get("products") or ()]
        new.products = [each for each in new.products if each["uuid"] not in gone]
        return self._changed(person, new, caller)

    def bookmark(
        self, who: str, kind: str, what: str, caller: Caller, add: bool
    ) -> None:
        patient = kind == "patient"
        if caller.system if patient else not (caller.system or caller.id == who):
            raise Refused(403)
        if len(what) > 36:
            raise Refused(400)
        person = self.get(caller.id if patient else who)
        new = deepcopy(person)
        marked = new.sets["bookmarked_patients" if patient else "bookmarks"]
        marked ^= {what} if (what in marked) != add else set()
        self._changed(person, new, caller)

    def agree(self, who: str, given: Json, caller: Caller) -> Json:
        if not (caller.system or caller.id == who):
            raise Refused(403)
        person = self.get(who)
        person.terms.append(agreement_of(given, caller))
        return person.terms[-1]

    def set_password(
        self, address: str, password: str, caller: Caller, *, stale: bool
    ) -> Person:
        if not 0 < len(password) <= 1024:
            raise Refused(400)
        person = self.by_address(address)
        in_order([412] if stale else [])
        person.password = password
        touch(person.block, caller)
        return person

    def log_in(self, username: str, password: str, caller: Caller) -> Json:
        address = normal("email_address", username)
        named = [
            person
            for person in self.people.values()
            if person.fields["send_entry_identifier"] == username
            or (address and person.fields["email_address"] == address)
        ]
        if not username or not password or len(named) != 1:
            raise Refused(403)
        (person,) = named
        end = person.fields["contract_expiry_eod_date"]
        if person.fields["login_active"] and end and end < "2026":
            person.fields["login_active"] = False
            touch(person.block, caller)
        if not person.fields["login_active"] or person.password != password:
            raise Refused(403)
        return person.login(self.roles)

    # -- Reads ---------------------------------------------------------------------

    def get(self, who: str) -> Person:
        if who not in self.people:
            raise Refused(404)
        return self.people[who]

    def read(self, who: str, *, temp_only: bool) -> Person:
        person = self.get(who)
        in_order([403] if temp_only and not person.temporary else [])
        return person

    def by_address(self, address: str) -> Person:
        person = self.find(normal("email_address", address))
        if person is None:
            raise Refused(404)
        return person

    def listed(self, **asked: Any) -> list[Person]:
        """Return who is in a list, in its order."""
        found = [each for each in self.people.values() if _matches(each, asked)]
        names = asked.get("sort", "last_name,first_name").split(",")
        found.sort(
            key=lambda each: [_sort_key(each, name) for name in (*names, "uuid")],
            reverse=asked.get("order") == "desc",
        )
        return found

    # -- What changes ----------------------------------------------------------------

    def _change_products(
        self, person: Person, entries: Iterable[Json], caller: Caller
    ) -> None:
        stored = {each["uuid"]: each for each in person.products}
        for entry in entries:
            if "uuid" not in entry:
                person.products.append(product_of(entry, caller))
                continue
            product = stored[entry["uuid"]]
            changes = {name: entry[name] for name in CHANGEABLE if name in entry}
            if changes.items() - product.items():
                product |= changes
                touch(product, caller)

    def _changed(self, old: Person, new: Person, caller: Caller) -> Person:
        """Put the new state in place of the old one, which may be the same."""
        if (new.fields, new.sets, new.products) != (old.fields, old.sets, old.products):
            touch(new.block, caller)
            self.people[new.block["uuid"]] = new
        return new


def _matches(person: Person, asked: Json) -> bool:
    fields, groups = person.fields, person.sets["groups"]
    name = f"{fields['last_name'] or ''} {fields['first_name'] or ''}"
    term = asked.get("q", "")
    products = [each["product_name"] for each in person.products]
    return (
        ("product_name" not in asked or asked["product_name"] in products)
        and asked.get("login_active", fields["login_active"]) == fields["login_active"]
        and (person.temporary or not asked.get("temp_only"))
        and (
            any(term.casefold() in each.casefold() for each in (name, *groups))
            or term == fields["send_entry_identifier"]
        )
        and person.block["modified"] > asked.get("modified_since", "")
    )


def _sort_key(person: Person, name: str) -> tuple[bool, str]:
    value = (person.fields | person.block)[name]
    text = value or ""
    return value is None, text.casefold() if name.endswith("_name") else text
