"""Names of permissions in groups, so that a page of a hundred can be read."""

from collections.abc import Iterable
from typing import NamedTuple

VERBS = ("read", "write", "delete")
OTHER = "other"


class Group(NamedTuple):
    """What the names of a group begin with: `read:gdm_` is of read and gdm."""

    verb: str
    area: str


def group_of(name: str) -> Group:
    """Return the group of a permission. Names can be any text."""
    verb, colon, rest = name.partition(":")
    if not (colon and verb in VERBS):
        verb = OTHER
    area = (rest if colon else name).partition("_")[0]
    return Group(verb, area or OTHER)


def grouped(names: Iterable[str]) -> dict[Group, list[str]]:
    """Return the names by group: of each verb by area, of each area by name."""
    groups: dict[Group, list[str]] = {}
    for name in sorted(names, key=_place):
        groups.setdefault(group_of(name), []).append(name)
    return groups


def _place(name: str) -> tuple[int, str, str]:
    verb, area = group_of(name)
    return (*VERBS, OTHER).index(verb), area, name
