"""The model's clinician: what is stored, and the forms that reads show.

What only the service can choose (new ids, the time now) is `Unknown` until an answer
shows it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEXTS = (
    *("job_title", "send_entry_identifier", "nhs_smartcard_number", "phone_number"),
    *("professional_registration_number", "agency_name", "email_address"),
    *("agency_staff_employee_number", "first_name", "last_name"),
)
FLAGS = ("login_active", "can_edit_ews", "can_edit_encounter")
SHOWN = (*TEXTS, *FLAGS, "contract_expiry_eod_date")
SCALARS = (*SHOWN, "analytics_consent", "booking_reference")
SETS = ("locations", "groups", "bookmarks", "bookmarked_patients")
BLOCK = ("uuid", "created", "created_by", "modified", "modified_by")
PRODUCT = ("product_name", "opened_date", "closed_date")
PAIRS = {
    "version": "accepted_timestamp",
    "tou_version": "tou_accepted_timestamp",
    "patient_notice_version": "patient_notice_accepted_timestamp",
}
COMPACT = ("job_title", "email_address", "first_name", "last_name")
LISTED = (
    *(*COMPACT, "send_entry_identifier", "contract_expiry_eod_date"),
    *("groups", "login_active", "locations"),
)
MEANS_DEFAULT = {"login_active": True, "can_edit_ews": False}


class Unknown:
    """A text that the service chooses: equal to any that is of the form, and later."""

    def __init__(self, form: str, after: object = "") -> None:
        self.form, self.after = form, after if isinstance(after, str) else ""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, str)
            and re.fullmatch(self.form, other) is not None
            and other > self.after
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.form} after {self.after!r}>"


def new_id() -> Unknown:
    return Unknown(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def now(after: object = "") -> Unknown:
    return Unknown(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", after)


@dataclass(frozen=True)
class Caller:
    """Who asks: a sister service or a clinician; `temp` may write temporary ones."""

    id: str
    system: bool = False
    temp: bool = False


def block_of(given: Json, caller: Caller) -> Json:
    """Return a new identifier block: as given, else of the caller and the moment."""
    by_default = (new_id(), now(), caller.id, now(), caller.id)
    return {
        name: given.get(name) or value
        for name, value in zip(BLOCK, by_default, strict=True)
    }


def normal(name: str, value: Any) -> Any:
    """Return a field as it is stored."""
    if name == "email_address" and value is not None:
        return value.strip().lower() or None
    return value.strip() if value and name in ("first_name", "last_name") else value


def product_of(given: Json, caller: Caller) -> Json:
    today = Unknown(r"\d{4}-\d\d-\d\d")
    texts = ("closed_date", "closed_reason", "closed_reason_other")
    return {
        "product_name": given["product_name"],
        "opened_date": given.get("opened_date", today),
        **{name: given.get(name) for name in texts},
        **block_of({}, caller),
    }


def agreement_of(given: Json, caller: Caller) -> Json:
    agreement = {"product_name": given["product_name"], **block_of({}, caller)}
    for version, moment in PAIRS.items():
        if given.get(version) is not None:
            accepted = Unknown(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
            agreement[version] = given[version]
            agreement[moment] = given.get(moment) or accepted
    return agreement


@dataclass
class Person:
    """A clinician."""

    block: Json
    fields: Json
    sets: dict[str, set[str]]
    products: list[Json]
    terms: list[Json] = field(default_factory=list)
    password: str | None = None

    @property
    def temporary(self) -> bool:
        return self.fields["contract_expiry_eod_date"] is not None

    @property
    def known(self) -> bool:
        """Whether all that the service chose has been shown."""
        values = [
            value for each in (self.block, *self.products) for value in each.values()
        ]
        return not any(isinstance(value, Unknown) for value in values)

    def give_badge(self) -> None:
        """Let the service choose a badge number, unless there is one."""
        badge = "send_entry_identifier"
        self.fields[badge] = self.fields[badge] or Unknown(r"@\d{9}")

    def shown_products(self, *, opened: bool = False) -> list[Json]:
        return [
            {name: each[name] for name in (*PRODUCT, *BLOCK)}
            for each in self.products
            if not opened or each["closed_date"] is None
        ]

    def full(self) -> Json:
        consent = self.fields["analytics_consent"]
        ranked = sorted(self.terms, key=lambda each: each.get("version", -(2**40)))
        return {
            **self.block,
            **{name: self.fields[name] for name in SHOWN},
            **{name: sorted(self.sets[name]) for name in SETS},
            **({} if consent is None else {"analytics_consent": consent}),
            "products": self.shown_products(),
            "terms_agreement": {each["product_name"]: each for each in ranked},
        }

    def form(self, names: Iterable[str]) -> Json:
        full = self.full()
        return {name: full[name] for name in (*names, *BLOCK)}

    def login(self, roles: dict[str, list[str]]) -> Json:
        full = self.full()
        names = ("email_address", "job_title", "groups", *FLAGS[1:])
        granted = {each for role in self.sets["groups"] for each in roles.get(role, ())}
        return {
            **{name: full[name] for name in names},
            "user_id": full["uuid"],
            "permissions": sorted(granted),
            "products": self.shown_products(opened=True),
        }

    def learn(self, answer: Json) -> None:
        """Take from a full form what the service chose."""
        full = self.full()
        wrong = [
            name for name in {**full, **answer} if answer.get(name) != full.get(name)
        ]
        assert not wrong, [(name, answer.get(name), full.get(name)) for name in wrong]
        self.block = {name: answer[name] for name in BLOCK}
        for mine, theirs in zip(self.products, answer["products"], strict=True):
            mine.update(theirs)
        badge = "send_entry_identifier"
        self.fields[badge] = answer[badge]


def touch(block: Json, caller: Caller) -> None:
    block |= {"modified": now(block["modified"]), "modified_by": caller.id}


def person_of(given: Json, caller: Caller) -> Person:
    fields = {name: normal(name, given.get(name)) for name in SCALARS}
    for name, default in MEANS_DEFAULT.items():
        fields[name] = default if fields[name] is None else fields[name]
    agreements = given.get("terms_agreements", ())
    return Person(
        block=block_of(given, caller),
        fields=fields,
        sets={name: set(given.get(name, ())) for name in SETS},
        products=[product_of(each, caller) for each in given["products"]],
        terms=[agreement_of(each, caller) for each in agreements],
    )
