"""The service and the model of its contract, put through the same operations."""

import base64
import json
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

from django.db import transaction
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from clinicians.testing import ALL_SCOPES, Api, json_of
from users_service.tests import model_strategies as given
from users_service.tests.model_clinician import COMPACT, LISTED, Caller, Json, Person
from users_service.tests.model_rules import LOOKS_LIKE_ADDRESS, Refused
from users_service.tests.model_store import Store
from users_service.tests.model_strategies import IDS, ROBOT

T = TypeVar("T")

ROLES = Path(__file__).resolve().parents[2] / "roles/tests/polaris_roles.json"
TEMP_SCOPES = "write:send_clinician_temp read:send_clinician_temp"


@cache
def api(caller: Caller) -> Api:
    if caller.system:
        return Api(ALL_SCOPES, system_id=caller.id)
    return Api(TEMP_SCOPES if caller.temp else ALL_SCOPES, clinician_id=caller.id)


def path_of(*parts: str, version: int = 1, **query: Any) -> str:
    path = "/".join(quote(part, safe="") for part in parts)
    texts = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return f"/dhos/v{version}/{path}?{urlencode(texts)}"


class Operations(RuleBasedStateMachine):
    """The service and the model, side by side."""

    answered: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.forgotten = transaction.atomic()
        self.forgotten.__enter__()
        self.store = Store(json.loads(ROLES.read_text()))
        self.tags: dict[str, list[tuple[str, Json]]] = {}

    def teardown(self) -> None:
        try:
            if sys.exception() is None:
                self.list_clinicians({"expanded": True}, version=1)
        finally:
            transaction.set_rollback(True)
            self.forgotten.__exit__(None, None, None)

    @initialize(items=given.first_items)
    def start(self, items: list[Json]) -> None:
        self.bulk(items, ROBOT)

    # -- Writes --------------------------------------------------------------------

    @rule(body=given.creations, caller=given.writers)
    def create(self, body: Json, caller: Caller) -> None:
        answer = api(caller).post(path_of("clinician", send_welcome_email=False), body)
        self.learnt("create", answer, lambda: self.store.create(body, caller))

    @rule(items=st.lists(given.bulk_items, max_size=3), caller=given.callers)
    def bulk(self, items: list[Json], caller: Caller) -> None:
        answer = api(caller).post(path_of("clinician", "bulk"), items)
        self.agreed("bulk", answer, lambda: self.store.bulk(items, caller))
        self.settle()

    @rule(data=st.data(), caller=given.writers, temp_only=given.rarely)
    def update(self, data: st.DataObject, caller: Caller, temp_only: bool) -> None:
        who = self.somebody(data)
        body = data.draw(given.updates(self.store.people.get(who)), "body")
        headers, stale = self.if_match(data, who)
        path = path_of("clinician", who, temp_only=temp_only)
        answer = api(caller).patch(path, body, **headers)
        more = {"temp_only": temp_only, "stale": stale}
        self.learnt(
            "update", answer, lambda: self.store.update(who, body, caller, **more)
        )

    @rule(data=st.data(), caller=given.callers)
    def remove(self, data: st.DataObject, caller: Caller) -> None:
        who = self.somebody(data)
        body = data.draw(given.removals(self.store.people.get(who)), "body")
        headers, stale = self.if_match(data, who)
        answer = api(caller).patch(path_of("clinician", who, "delete"), body, **headers)
        self.learnt(
            "remove", answer, lambda: self.store.remove(who, body, caller, stale=stale)
        )

    @rule(
        data=st.data(),
        kind=st.sampled_from(["location", "patient"]),
        what=st.sampled_from(["L1", "P1", "L2", "x" * 36, "x" * 37]),
        caller=given.callers,
        add=st.booleans(),
    )
    def bookmark(
        self, data: st.DataObject, kind: str, what: str, caller: Caller, add: bool
    ) -> None:
        who = self.somebody(data)
        send = api(caller).post if add else api(caller).delete
        answer = send(path_of("clinician", who, kind, what, "bookmark"))
        name = f"{'add' if add else 'remove'} {kind} bookmark"
        self.agreed(
            name,
            answer,
            lambda: self.store.bookmark(who, kind, what, caller, add=add),
            good=201 if add else 204,
        )
        self.settle()

    @rule(data=st.data(), body=given.agreements(), caller=given.callers)
    def agree(self, data: st.DataObject, body: Json, caller: Caller) -> None:
        who = self.somebody(data)
        seen = self.shown(who)
        answer = api(caller).post(path_of("clinician", who, "terms_agreement"), body)
        agreement = self.agreed(
            "agree", answer, lambda: self.store.agree(who, body, caller)
        )
        if agreement:
            assert json_of(answer) == agreement
            agreement |= json_of(answer)
            if self.shown(who) == seen:
                # Not the latest: whether a tag stays, the contract does not say.
                self.tags.pop(who, None)

    @rule(
        data=st.data(),
        address=given.addresses,
        password=st.sampled_from([*given.PASSWORDS, *given.PASSWORDS, "x" * 1025, ""]),
        caller=given.callers,
    )
    def set_password(
        self, data: st.DataObject, address: str, password: str, caller: Caller
    ) -> None:
        person = self.store.find(address.strip().lower())
        if person and person.password == password:
            return  # whether that is a change, the contract does not say
        headers, stale = self.if_match(data, person.block["uuid"] if person else "")
        answer = api(caller).patch(
            path_of("clinician", email=address), {"password": password}, **headers
        )
        self.learnt(
            "set password",
            answer,
            lambda: self.store.set_password(address, password, caller, stale=stale),
        )

    @rule(data=st.data(), caller=given.callers)
    def log_in(self, data: st.DataObject, caller: Caller) -> None:
        people = self.store.people.values()
        username, password = data.draw(given.logins(people), "credentials")
        encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
        answer = api(caller).get(
            path_of("clinician", "login"), UserAuthorization=f"Bearer {encoded}"
        )
        form = self.agreed(
            "log in", answer, lambda: self.store.log_in(username, password, caller)
        )
        if form:
            body = json_of(answer)
            assert {**body, "permissions": sorted(body["permissions"])} == form
        self.settle()

    # -- Reads ---------------------------------------------------------------------

    @rule(data=st.data(), temp_only=st.booleans(), head=st.booleans())
    def read(self, data: st.DataObject, temp_only: bool, head: bool) -> None:
        who = self.somebody(data)
        ask = api(ROBOT).head if head else api(ROBOT).get
        answer = ask(path_of("clinician", who, temp_only=temp_only))
        person = self.agreed(
            "read", answer, lambda: self.store.read(who, temp_only=temp_only)
        )
        if person and not head:
            self.learn(person, answer)

    @rule(data=st.data())
    def read_again(self, data: st.DataObject) -> None:
        who = self.somebody(data)
        for tag, seen in self.tags.get(who, ())[-3:]:
            answer = api(ROBOT).get(path_of("clinician", who), If_None_Match=tag)
            good = 304 if seen == self.shown(who) else 200
            self.agreed("read again", answer, lambda: None, good=good)

    @rule(address=given.addresses | st.sampled_from(["nobody@mail.example", "x@y", ""]))
    def find(self, address: str) -> None:
        def expected() -> Person:
            if not LOOKS_LIKE_ADDRESS.fullmatch(address.strip()):
                raise Refused(400)
            return self.store.by_address(address)

        answer = api(ROBOT).get(path_of("clinician", email=address))
        self.learnt("find", answer, expected)

    @rule(asked=given.lists, version=st.sampled_from([1, 2]))
    def list_clinicians(self, asked: Json, version: int) -> None:
        answer = api(ROBOT).get(path_of("clinicians", version=version, **asked))
        found = self.agreed("list", answer, lambda: self.store.listed(**asked)) or []
        names = LISTED[:-1] if asked.get("compact") else LISTED
        offset, limit = asked.get("offset", 0), asked.get("limit") or len(found)
        shown = [
            person.full() if asked.get("expanded") else person.form(names)
            for person in found[offset:][:limit]
        ]
        whole = {"results": shown, "total": len(found)}
        assert json_of(answer) == (shown if version == 1 else whole)

    @rule(location=st.sampled_from(["L1", " l3", "L9"]))
    def at_location(self, location: str) -> None:
        answer = api(ROBOT).get(path_of("location", location, "clinician"))
        found = self.agreed("at location", answer, self.store.listed) or []
        there = [each for each in found if location in each.sets["locations"]]
        assert json_of(answer) == [person.full() for person in there]

    @rule(
        ids=st.lists(given.ids | st.just("unknown"), max_size=3), compact=st.booleans()
    )
    def many(self, ids: list[str], compact: bool) -> None:
        answer = api(ROBOT).post(path_of("clinician_list", compact=compact), ids)
        self.agreed("read many", answer, lambda: None)
        found = {each: self.store.people.get(each) for each in ids}
        assert json_of(answer) == {
            each: person and (person.form(COMPACT) if compact else person.full())
            for each, person in found.items()
        }

    # -- What the rules share --------------------------------------------------------

    def somebody(self, data: st.DataObject) -> str:
        known = [*self.store.people] * 3
        return data.draw(st.sampled_from([*known, *IDS[:2]]), "who")

    def shown(self, who: str) -> Json:
        person = self.store.people.get(who)
        return person.full() if person else {}

    def if_match(self, data: st.DataObject, who: str) -> tuple[dict[str, str], bool]:
        """Draw an If-Match header; say whether it is one of another state."""
        tags = self.tags.get(who, [])
        choice = data.draw(given.tags)
        if choice == "none" or not tags:
            return {}, False
        tag, seen = tags[0] if choice == "oldest" else tags[-1]
        if choice == "odd":
            return {"If_Match": f'"x{tag[1:]}'}, True
        return {"If_Match": tag}, seen != self.shown(who)

    def agreed(
        self, name: str, answer: Any, expected: Callable[[], T], *, good: int = 200
    ) -> T | None:
        """Check the status of an answer; return what the model says, if it is good."""
        note(f"{answer.status_code} {answer.getvalue()[:500]!r}")
        found: T | None = None
        statuses: tuple[int, ...] = (good,)
        try:
            found = expected()
            self.answered[name] += 1
        except Refused as refusal:
            statuses = refusal.statuses
            self.refused[name] += 1
        assert answer.status_code in statuses
        return found

    def learnt(self, name: str, answer: Any, expected: Callable[[], Person]) -> None:
        """Check an answer that shows somebody in full, if it is good."""
        person = self.agreed(name, answer, expected)
        if person:
            self.learn(person, answer)

    def learn(self, person: Person, answer: Any) -> None:
        """Compare a full form, and take over what the service chose."""
        body = json_of(answer)
        person.learn(body)
        self.store.people[body["uuid"]] = person
        if "ETag" in answer:
            self.tags.setdefault(body["uuid"], []).append((answer["ETag"], body))

    def settle(self) -> None:
        """Read those of whom something is unknown after an answer without them."""
        for who, person in self.store.people.items():
            if not person.known:
                self.learn(person, api(ROBOT).get(path_of("clinician", who)))
