"""Making clinicians of what a Polaris database holds, its oddities included."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from clinicians.forms import BOOLEANS, DATED_VERSIONS
from clinicians.models import REQUIRED, SCALARS, normalise_email
from clinicians.serializers.parts import PATH_ID
from clinicians.transfer.polaris.source import Person, PolarisSource, Record
from clinicians.transfer.reading import Given
from users_service.api.addresses import validate_address
from users_service.database.fields import ID_LENGTH

HISTORY = ("created", "modified")
TEXTS = tuple(name for name in SCALARS if name not in BOOLEANS)
UNKNOWN = "unknown"


@dataclass
class Choices:
    """What an operator decided about oddities that would stop an import."""

    blank_addresses: Collection[str] = frozenset()
    """Ids whose address somebody older has."""

    close_older: bool = False
    role_names: Mapping[str, str | None] = field(default_factory=dict)
    """Role name to the one to have instead; None: to none."""

    skipped_ids: Collection[str] = frozenset()
    """Ids of users who are left out."""

    drop_bad_ids: bool = False
    """Leave locations and patients out whose ids no path can carry."""


@dataclass
class Oddities:
    """What was found, and how often; ids where somebody may want to look."""

    read: Counter[str] = field(default_factory=Counter)
    """Rows that belong to a user, by table."""

    counts: Counter[str] = field(default_factory=Counter)
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, what: str, clinician_id: str | None = None) -> None:
        """Take note of an oddity."""
        self.counts[what] += 1
        if clinician_id is not None:
            self.ids[what].append(clinician_id)


def clashing_addresses(source: PolarisSource) -> list[list[str]]:
    """Return the ids who share an address once it is normalised, the oldest first.

    Hashes first, since a million addresses are too many to keep.
    """
    hashes = Counter(_hashes(source))
    shared = {each for each, number in hashes.items() if number > 1}
    del hashes
    people: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for user_id, created, text in source.addresses():
        address = normalise_email(text)
        if address and hash(address) in shared:
            people[address].append((created, user_id))
    return [
        [user_id for _, user_id in sorted(each)]
        for each in people.values()
        if len(each) > 1
    ]


def items(
    people: Iterable[Person], choices: Choices, oddities: Oddities
) -> Iterator[Given]:
    """Yield a clinician per user, numbered from 1."""
    maker = _Maker(choices, oddities)
    for number, person in enumerate(people, 1):
        if person.user["uuid"] in choices.skipped_ids:
            maker.skip(person)
            continue
        item = maker.item(person)
        yield Given(number, item, _bad_ids(item))


def note_badges(source: PolarisSource, oddities: Oddities) -> None:
    """Take note of badge numbers by which nobody logs in, or only somebody else."""
    for uuid in source.badges_of_several():
        oddities.note("badge numbers that several have", uuid)
    for uuid in source.badges_that_are_addresses():
        oddities.note("badge numbers that are somebody else's address", uuid)


class _Maker:
    """Makes items, taking note of the oddities it meets."""

    def __init__(self, choices: Choices, oddities: Oddities) -> None:
        self._choices = choices
        self._oddities = oddities

    def skip(self, person: Person) -> None:
        """Leave a user out, with what belongs to it."""
        self._note("clinicians skipped", person.user["uuid"])
        for what, rows in (
            ("products of skipped clinicians", person.products),
            ("agreements of skipped clinicians", person.agreements),
        ):
            for row in rows:
                self._note(what, row["uuid"])

    def item(self, person: Person) -> dict[str, Any]:
        """Return the clinician of a user."""
        user = person.user
        uuid = user["uuid"]
        self._oddities.read["user"] += 1
        self._oddities.read["product"] += len(person.products)
        self._oddities.read["terms_agreement"] += len(person.agreements)
        item = {
            "as_stored": True,
            **self._block(user),
            **{name: _plain(user[name]) for name in (*TEXTS, *BOOLEANS)},
            "email_address": self._address(user),
            "groups": self._groups(user),
            **{name: self._ids(user, name) for name in LISTS},
            "products": [self._product(each) for each in person.products],
            "terms_agreements": [self._agreement(each) for each in person.agreements],
        }
        for name in REQUIRED:
            if item[name] is None:
                item[name] = ""
                self._note('required text null, now ""')
        secrets = {name: user[name] for name in ("password_hash", "password_salt")}
        if None not in secrets.values():
            item |= secrets
        if not item["products"]:
            self._note("clinicians with no product")
        self._close_older(item["products"], uuid)
        return item

    def _note(self, what: str, clinician_id: str | None = None) -> None:
        self._oddities.note(what, clinician_id)

    def _block(self, row: Record) -> dict[str, Any]:
        times = {name: f"{row[name].isoformat()}Z" for name in HISTORY}
        return {
            "uuid": row["uuid"],
            **times,
            **{f"{name}_by": self._by(row[f"{name}_by_"]) for name in HISTORY},
        }

    def _by(self, text: str) -> str:
        if len(text) > ID_LENGTH:
            self._note("created_by or modified_by cut to 36 characters")
        return text[:ID_LENGTH] or UNKNOWN

    def _address(self, user: Record) -> str | None:
        address = normalise_email(user["email_address"])
        if address != user["email_address"]:
            self._note("addresses normalised")
        if user["uuid"] in self._choices.blank_addresses:
            self._note("addresses blanked, somebody older has them", user["uuid"])
            return None
        if address is not None:
            try:
                validate_address(address)
            except ValidationError:
                self._note("addresses that do not look like one", user["uuid"])
        return address

    def _groups(self, user: Record) -> list[str]:
        names = sorted(set(map(self._name, self._set(user, "groups"))))
        chosen = {self._choices.role_names.get(name, name) for name in names}
        for name in names:
            if name in self._choices.role_names:
                to = self._choices.role_names[name]
                self._note(
                    f"role {name} mapped to {to}" if to else f"role {name} dropped"
                )
        return sorted(name for name in chosen if name is not None)

    def _set(self, user: Record, name: str) -> list[str]:
        values = user[name]
        if values is None:
            self._note("lists that were null")
            return []
        distinct = {value for value in values if value is not None}
        if len(distinct) != len(values):
            self._note("lists that held a value twice")
        return sorted(distinct)

    def _ids(self, user: Record, name: str) -> list[str]:
        values = self._set(user, name)
        if not self._choices.drop_bad_ids:
            return values
        kept = [value for value in values if is_path_id(value)]
        for value in set(values).difference(kept):
            what = f"ids dropped from {name}: {value!a}"
            self._note(what, user["uuid"])
        return kept

    def _product(self, row: Record) -> dict[str, Any]:
        product = {name: _plain(row[name]) for name in PRODUCT}
        product["product_name"] = self._name(row["product_name"])
        return {**self._block(row), **product}

    def _name(self, text: str) -> str:
        """Return the name of a role or product without blanks around it, if any."""
        trimmed = text.strip()
        if trimmed and trimmed != text:
            self._note("names of roles and products trimmed")
        return trimmed or text

    def _agreement(self, row: Record) -> dict[str, Any]:
        product_name = self._name(row["product_name"])
        agreement = {**self._block(row), "product_name": product_name}
        for version, moment in DATED_VERSIONS.items():
            agreement |= {version: row[version], moment: _plain(row[moment])}
            if row[version] is not None and row[moment] is None:
                agreement[moment] = agreement["created"]
                self._note("versions of agreements without a time")
        return agreement

    def _close_older(self, products: list[dict[str, Any]], uuid: str) -> None:
        """Leave the last opened of each name open; the others close when it opened."""
        if not self._choices.close_older:
            return
        last: dict[str, dict[str, Any]] = {}
        for each in sorted(products, key=_opening):
            if each["closed_date"] is None:
                last[each["product_name"]] = each
        for each in products:
            newest = last.get(each["product_name"])
            if each["closed_date"] is None and each is not newest and newest:
                each["closed_date"] = newest["opened_date"]
                self._note("open products closed, a later one is open", uuid)


LISTS = ("locations", "bookmarks", "bookmarked_patients")
PRODUCT = (
    "product_name",
    "opened_date",
    "closed_date",
    "closed_reason",
    "closed_reason_other",
)


def _bad_ids(item: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the ids of locations and patients that no path can carry, as faults."""
    return {
        f"{name}.{index}": [str(PATH_ID.message)]
        for name in LISTS
        for index, value in enumerate(item[name])
        if not is_path_id(value)
    }


def is_path_id(value: str) -> bool:
    """Return whether a path can carry the id."""
    regex: Any = PATH_ID.regex
    return bool(regex.search(value))


def _hashes(source: PolarisSource) -> Iterator[int]:
    for _, _, text in source.addresses():
        if address := normalise_email(text):
            yield hash(address)


def _opening(product: dict[str, Any]) -> tuple[str, str, str]:
    return product["opened_date"], product["created"], product["uuid"]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
