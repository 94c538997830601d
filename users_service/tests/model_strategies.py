"""What the model's operations are given: few values, so that they meet often."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from clinicians.tests.test_bulk import LEGACY_HASH, LEGACY_SALT
from users_service.tests.model_clinician import Caller, Json, Person

IDS = ["A1", "A2", "A3", "A4", "dhos-robot", "static_clinician_uuid_A"]
ROBOT = Caller("dhos-service", system=True)
TEMP = Caller("T1", temp=True)
GDM, SEND, EWS = "GDM Clinician", "SEND Clinician", "SEND Administrator"
PAST, FUTURE = "2021-07-19", "2999-12-31"
MOMENT = "2019-01-01T12:01:01.000Z"

ids = st.sampled_from(IDS)
people = [Caller("A1"), Caller("A2")]
callers = st.sampled_from([ROBOT, ROBOT, ROBOT, *people])
writers = st.sampled_from([ROBOT, ROBOT, ROBOT, *people, TEMP])
texts = st.sampled_from(["", " x ", "Ünï%_", "7"])
names = st.sampled_from([" Ada ", "ada", "Bo", "", "Ünï"])
ADDRESSES = ["ada@mail.example", "BO@mail.example ", "c@mail.example", "d@x.example"]
addresses = st.sampled_from(ADDRESSES)
badges = st.sampled_from(["900001", "900002", ""])
flags = st.booleans()
rarely = st.sampled_from([False, False, False, True])
days = st.sampled_from([PAST, FUTURE])
members = st.lists(st.sampled_from(["L1", "L2", "L3", " l3"]), max_size=3)
held = [[], [GDM], [GDM], [SEND], [GDM, SEND], [SEND, EWS], [EWS, EWS]]
roles = st.sampled_from([*held, ["System"], ["No Role"]])
moments = st.sampled_from([None, "", "2019-01-01T12:01:01.000+00:00"])
tags = st.sampled_from(["none", "newest", "newest", "oldest", "odd"])
versions = st.integers(min_value=-1, max_value=2)

# Each is left out half of the time.
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "first_name": names,
    "last_name": names,
    **dict.fromkeys(("phone_number", "job_title", "nhs_smartcard_number"), texts),
}
NULLABLE: dict[str, st.SearchStrategy[Any]] = {
    "email_address": st.sampled_from([*ADDRESSES, None, " ", "no address"]),
    "send_entry_identifier": badges | st.none(),
    "professional_registration_number": texts | st.none(),
    "agency_name": texts | st.none(),
    "agency_staff_employee_number": texts | st.none(),
    "booking_reference": texts | st.none(),
    "login_active": rarely.map(lambda off: not off),
    "can_edit_ews": rarely,
    "can_edit_encounter": flags | st.none(),
    "analytics_consent": flags | st.none(),
    "contract_expiry_eod_date": days | st.none(),
}
LISTS: dict[str, st.SearchStrategy[Any]] = {
    "locations": members,
    "groups": roles,
    "bookmarks": members,
    "bookmarked_patients": members,
}
PRODUCT: dict[str, st.SearchStrategy[Any]] = {
    "product_name": st.sampled_from(["GDM", "SEND", "DBM"]),
    "opened_date": days,
    "closed_date": days | st.none(),
    "closed_reason": texts | st.none(),
}


def product_name(product: Json) -> str:
    return str(product["product_name"])


new_products: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"product_name": PRODUCT.pop("product_name")}, optional=PRODUCT
)


def agreements(required: tuple[str, ...] = ("version",)) -> st.SearchStrategy[Json]:
    """Return terms agreements; those of a bulk request may lack any version."""
    pairs = ("", "tou_", "patient_notice_")
    given = {
        **{f"{each}version": versions for each in pairs},
        **{f"{each}accepted_timestamp": moments for each in pairs},
    }
    needed = {name: given.pop(name) for name in required}
    named = {"product_name": st.sampled_from(["GDM", "SEND"])}
    return st.fixed_dictionaries({**named, **needed}, optional=given)


HISTORY = {
    "created": st.just(MOMENT),
    "created_by": st.just("loader"),
    "modified": st.sampled_from([MOMENT, None]),
}
PASSWORDS = ["a b:c", "pässwörd", "x" * 1024]


def bodies(
    **more: st.SearchStrategy[Any],
) -> st.SearchStrategy[Json]:
    """Return bodies of new clinicians."""
    required = {
        **SCALARS,
        "locations": members,
        "groups": roles,
        "products": st.lists(
            new_products, min_size=1, max_size=2, unique_by=product_name
        ),
    }
    optional = {**NULLABLE, **{name: members for name in LISTS if name[0] == "b"}}
    return st.fixed_dictionaries(required, optional={**optional, **HISTORY, **more})


creations = bodies(uuid=ids)
legacy = st.just({"password_hash": LEGACY_HASH, "password_salt": LEGACY_SALT})
bulk_items = st.tuples(
    bodies(terms_agreements=st.lists(agreements(()), max_size=3)),
    st.fixed_dictionaries({"uuid": ids, "email_address": addresses}),
    legacy | st.just({}),
).map(lambda parts: {**parts[0], **parts[1], **parts[2]})
FIRST = (lambda item: item["uuid"], lambda item: item["email_address"])
first_items = st.lists(bulk_items, min_size=2, max_size=4, unique_by=FIRST)


def updates(person: Person | None) -> st.SearchStrategy[Json]:
    """Return bodies of PATCHes to a clinician, about their own products, too."""
    stored = [each["uuid"] for each in person.products] if person else []
    entries: list[st.SearchStrategy[Json]] = [new_products]
    if stored:
        unknown = st.sampled_from([*stored, *stored, "not theirs"])
        changes = {**PRODUCT, "product_name": st.sampled_from(["GDM", "SEND", "DBM"])}
        entries.append(st.fixed_dictionaries({"uuid": unknown}, optional=changes))
    products = st.lists(
        st.one_of(entries), max_size=2, unique_by=lambda it: it.get("uuid", "new")
    )
    everything = {**SCALARS, **NULLABLE, **LISTS, "products": products | st.none()}
    null = st.sampled_from(["login_active", "can_edit_ews", *LISTS])
    some = st.lists(st.sampled_from(sorted(everything)), max_size=4, unique=True)
    chosen = some.flatmap(
        lambda names: st.fixed_dictionaries({name: everything[name] for name in names})
    )
    nulled = st.tuples(chosen, null).map(lambda pair: {**pair[0], pair[1]: None})
    ignored = chosen.map(lambda body: {**body, "uuid": "other", "unknown": 1})
    return st.one_of(chosen, chosen, chosen, ignored, nulled)


def removals(person: Person | None) -> st.SearchStrategy[Json]:
    """Return bodies that take members out."""
    stored = [each["uuid"] for each in person.products] if person else []
    products = st.lists(st.sampled_from([*stored, "not theirs"]), max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            **LISTS,
            "groups": roles,
            "products": products.map(lambda uuids: [{"uuid": each} for each in uuids]),
            "unknown": st.just(1),
        },
    )


def logins(people: Iterable[Person]) -> st.SearchStrategy[tuple[str, str]]:
    """Return usernames and passwords, half of them of each other."""
    right = [
        (person.fields[name], person.password)
        for person in people
        for name in ("email_address", "send_entry_identifier")
        if person.password and person.fields[name]
    ]
    passwords = st.sampled_from([*PASSWORDS, "wrong", ""])
    usernames = addresses | badges | st.just("nobody")
    any_pair = st.tuples(usernames, passwords)
    return any_pair | st.sampled_from(right) if right else any_pair


counts = st.sampled_from([0, 1, 2])
lists = st.fixed_dictionaries(
    {},
    optional={
        "product_name": st.sampled_from(["GDM", "SEND", ""]),
        "login_active": flags,
        "temp_only": flags,
        "q": st.sampled_from(["ADA", "o b", "ü", "%", "_", "clinician", "900001", ""]),
        "modified_since": st.sampled_from([MOMENT, "2020-01-01", ""]),
        "sort": st.sampled_from(["first_name", "uuid", "job_title,modified"])
        | st.sampled_from(["email_address", "send_entry_identifier"]),
        "order": st.sampled_from(["asc", "desc"]),
        "offset": counts,
        "limit": counts,
        "compact": flags,
        "expanded": flags,
    },
)
