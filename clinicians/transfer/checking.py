"""From what a file holds to checked clinicians, in batches."""

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import orjson
from rest_framework.exceptions import ValidationError

from clinicians.serializers.checking import FileItemCheck, Item
from clinicians.services.products import check_open_once
from clinicians.transfer.faults import Fault, faults_of
from clinicians.transfer.reading import Given
from users_service.api.validation import flat_errors
from users_service.exceptions import InvalidInput
from users_service.journal.audit import keyed_hash

BATCH = 2000


class Checked(NamedTuple):
    """What stands on a line, and the clinician that it is; None if it is faulty."""

    given: Given
    item: Item | None
    faults: list[Fault]

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.given.line


def checked_batches(
    given: Iterable[Given], size: int = BATCH
) -> Iterator[list[Checked]]:
    """Yield batches of checked clinicians, in their order."""
    check = FileItemCheck()
    everything = (_checked(check, each) for each in given)
    while batch := list(islice(everything, size)):
        yield batch


def _checked(check: FileItemCheck, given: Given) -> Checked:
    item, errors = None, given.errors
    if not errors:
        try:
            item = check(given.value)
            check_open_once(item["products"])
        except ValidationError as error:
            item, errors = None, _errors_of(error)
        except InvalidInput as error:
            item, errors = None, {at: list(found) for at, found in error.errors.items()}
    if item is None:
        return Checked(given, None, faults_of(given.line, errors))
    if not item.get("uuid"):
        item.pop("uuid", None)  # a null is as good as none
        item["uuid"] = _id_of(item)
    return Checked(given, item, [])


def _errors_of(error: ValidationError) -> dict[str, list[str]]:
    """Return field path, "" for the item as a whole, to messages."""
    errors = flat_errors({"item": error.detail})
    return {path.partition(".")[2]: found for path, found in errors.items()}


def _id_of(item: Item) -> str:
    """Return the id of a clinician who was given none.

    Made of the item under SECRET_KEY, in the form of a UUID4: the same file again
    gives the same ids, and is recognised by them.
    """
    text = orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
    return str(uuid.UUID(hex=keyed_hash(text)[:32], version=4))
