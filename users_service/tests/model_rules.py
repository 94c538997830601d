"""The model's rules: which status a write is refused with, by the HTTP contract."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from users_service.tests.model_clinician import SETS, Caller, Json, Person, normal

EWS_ROLES = {"SEND Clinician", "SEND Superclinician"}
SYSTEM_ROLES = {"System", "EPR Service Adapter"}
LOOKS_LIKE_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Faults = Iterator[int]


class Refused(Exception):
    """What was asked breaks rules of the contract: one of these is the status."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(statuses)
        self.statuses = statuses


def in_order(faults: Iterable[int]) -> None:
    """Refuse with the first rule that is broken, where the contract has an order."""
    for status in faults:
        raise Refused(status)


def in_any_order(faults: Iterable[int]) -> None:
    """Refuse with any of the rules that are broken, where it has none."""
    if broken := set(faults):
        raise Refused(*broken)


def clash(products: Iterable[Json]) -> bool:
    """Tell whether two products of one name are open."""
    opened = [each for each in products if each.get("closed_date") is None]
    return len({each["product_name"] for each in opened}) < len(opened)


def is_send(given: Json) -> bool:
    return any(each["product_name"] == "SEND" for each in given["products"])


def valid(address: str | None) -> bool:
    return address is None or LOOKS_LIKE_ADDRESS.fullmatch(address) is not None


class Rules:
    """Who may do what, to a store with these people and roles."""

    roles: dict[str, list[str]]
    people: dict[str, Person]

    def find(self, address: str | None) -> Person | None:
        for person in self.people.values():
            if address is not None and person.fields["email_address"] == address:
                return person
        return None

    def wrong_with_new(self, given: Json, caller: Caller) -> Faults:
        groups, temporary = set(given["groups"]), given.get("contract_expiry_eod_date")
        address = normal("email_address", given.get("email_address"))
        if groups - set(self.roles) or clash(given["products"]) or not valid(address):
            yield 400
        if SYSTEM_ROLES & groups and not caller.system:
            yield 403
        if given.get("can_edit_ews"):
            yield from self.wrong_with_ews(groups, temporary, caller)
        only_send = all(each["product_name"] == "SEND" for each in given["products"])
        if caller.temp and not (temporary and only_send):
            yield 403
        badge = given.get("send_entry_identifier")
        if is_send(given) and not temporary and not badge:
            yield 400
        if self.find(address) or given.get("uuid") in self.people:
            yield 409

    def wrong_with_bulk(self, items: list[Json], caller: Caller) -> Faults:
        fields = [normal("email_address", each.get("email_address")) for each in items]
        addresses = [each for each in fields if each]
        uuids = [each["uuid"] for each in items]
        if any(clash(each["products"]) for each in items):
            yield 400
        if not caller.system and any(
            SYSTEM_ROLES & {*each["groups"]} for each in items
        ):
            yield 403
        if any(map(self.find, addresses)) or self.people.keys() & set(uuids):
            yield 409
        if len(set(uuids)) < len(uuids) or len(set(addresses)) < len(addresses):
            yield 409

    def wrong_with_ews(self, groups: set[str], end: Any, caller: Caller) -> Faults:
        if caller.system:
            return
        if not EWS_ROLES & groups or end:
            yield 400
        asks = self.people.get(caller.id)
        if asks is None or "SEND Administrator" not in asks.sets["groups"]:
            yield 403

    def wrong_with_update(
        self, person: Person, given: Json, caller: Caller, *, temp_only: bool
    ) -> Faults:
        oneself = caller.id == person.block["uuid"]
        held, groups = person.sets["groups"], set(given.get("groups") or ())
        end = (person.fields | given)["contract_expiry_eod_date"]
        yield from self.wrong_with_values(given)
        yield from self._wrong_with_changes(person, given)
        if "groups" in given and oneself:
            yield 403
        if SYSTEM_ROLES & (groups - held) and not caller.system:
            yield 403
        if given.get("can_edit_ews"):
            yield from [403] if oneself else []
            yield from self.wrong_with_ews(held | groups, end, caller)
        if temp_only or caller.temp:
            sent_back = not temp_only and groups <= held
            if not (person.temporary and end) or ("groups" in given and not sent_back):
                yield 403

    def wrong_with_values(self, given: Json) -> Faults:
        not_null = ("login_active", "can_edit_ews", *SETS)
        if any(given.get(name, True) is None for name in not_null):
            yield 400

    def _wrong_with_changes(self, person: Person, given: Json) -> Faults:
        if set(given.get("groups") or ()) - set(self.roles) - person.sets["groups"]:
            yield 400
        address = normal("email_address", given.get("email_address"))
        if address != person.fields["email_address"]:
            yield from [] if valid(address) else [400]
            yield from [409] if self.find(address) else []
        entries = given.get("products") or ()
        changes = {each["uuid"]: each for each in entries if "uuid" in each}
        outcome = [
            {**each, **changes.pop(each["uuid"], {})} for each in person.products
        ]
        outcome += [each for each in entries if "uuid" not in each]
        if changes or clash(outcome):
            yield 400
