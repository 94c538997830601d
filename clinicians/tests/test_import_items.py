"""What an item may leave empty or null, for each field and kind of item, by name."""

import uuid
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from clinicians.serializers.checking import FileItemCheck, bulk_check
from clinicians.testing import clinician_body
from clinicians.transfer.checking import BATCH, checked_batches
from clinicians.transfer.faults import LONGEST_ITEM, Fault, Unreadable
from clinicians.transfer.reading import Given
from users_service.api.validation import MAX_ERROR_PATHS

REQUIRED = ["first_name", "last_name", "phone_number", "job_title"]
REQUIRED += ["nhs_smartcard_number"]
BULK = clinician_body(uuid="a")
STORED = {**BULK, "as_stored": True}
PRODUCT: dict[str, Any] = {"product_name": "GDM", "opened_date": "2026-01-31"}
AGREEMENT: dict[str, Any] = {"product_name": "GDM", "version": 1}


def refused(check: Any, item: dict[str, Any]) -> bool:
    try:
        check(item)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("name", REQUIRED)
def test_only_who_was_stored_may_lack_what_a_new_one_needs(name: str) -> None:
    check = FileItemCheck()

    assert not refused(check, {**STORED, name: None})
    assert refused(check, {**BULK, name: None})


@pytest.mark.parametrize("given", [{}, {"uuid": None}])
def test_an_item_of_a_file_needs_no_id(given: dict[str, Any]) -> None:
    item = {name: value for name, value in BULK.items() if name != "uuid"} | given

    assert not refused(FileItemCheck(), item)
    assert refused(bulk_check(), item)


@pytest.mark.parametrize("name", ["password", "password_hash", "password_salt"])
def test_no_password_is_empty(name: str) -> None:
    assert refused(FileItemCheck(), {**BULK, name: ""})
    assert not refused(FileItemCheck(), {**BULK, name: None})


@pytest.mark.parametrize(
    "name", ["closed_date", "closed_reason", "closed_reason_other"]
)
def test_a_product_may_say_nothing_of_its_end(name: str) -> None:
    assert not refused(bulk_check(), {**BULK, "products": [{**PRODUCT, name: None}]})


@pytest.mark.parametrize("name", ["version", "tou_version", "patient_notice_version"])
def test_an_agreement_may_lack_any_version(name: str) -> None:
    agreements = [{**AGREEMENT, name: None}]

    assert not refused(bulk_check(), {**BULK, "terms_agreements": agreements})


@pytest.mark.parametrize(
    ("member", "entry"), [("products", PRODUCT), ("terms_agreements", AGREEMENT)]
)
def test_no_product_is_without_a_name(member: str, entry: dict[str, Any]) -> None:
    blank = {**entry, "product_name": ""}

    assert refused(bulk_check(), {**BULK, member: [blank]})


@pytest.mark.parametrize("member", [None, "products", "terms_agreements"])
def test_history_brings_its_ids_in_production_too(
    member: str | None, settings: Any
) -> None:
    settings.IS_PRODUCTION = True
    entry: dict[str, dict[str, Any]] = {
        "products": PRODUCT,
        "terms_agreements": AGREEMENT,
    }
    past = {"created_by": "somebody"}
    more: dict[str, Any] = {member: [{**entry[member], **past}]} if member else past

    assert not refused(FileItemCheck(), {**BULK, **more})
    # Through the serializer as well, where the quick check is in doubt.
    with pytest.raises(ValidationError) as error:
        bulk_check()({**BULK, **more, "first_name": 7})
    assert set(error.value.detail) == {"first_name"}


def test_only_the_first_hundred_faulty_items_are_named() -> None:
    with pytest.raises(ValidationError) as error:
        bulk_check().all_of([None] * 1002)

    assert len(error.value.detail) == MAX_ERROR_PATHS == 100


def test_the_check_of_bulk_requests_is_made_once() -> None:
    assert bulk_check() is bulk_check()


def test_an_id_that_is_made_up_is_a_uuid4() -> None:
    item = {name: value for name, value in BULK.items() if name != "uuid"}
    ((checked,),) = checked_batches([Given(1, item, {})])

    assert checked.item is not None
    assert uuid.UUID(checked.item["uuid"]).version == 4


def test_faults_are_told_with_their_line_and_without_values() -> None:
    fault = Fault(7, "uuid", "The id is in use.", "The id 'A1' is in use.")

    assert str(Unreadable(7, "Cut off.")) == "line 7: Cut off."
    assert str(Unreadable(None, "Cut off.")) == "Cut off."
    assert fault.as_text() == "uuid: The id is in use."
    assert fault.as_text(with_values=True) == "uuid: The id 'A1' is in use."


def test_sizes_are_those_of_the_guide() -> None:
    """docs/importing.md: batches of 2,000, and items of 16 MiB at most."""
    assert (BATCH, LONGEST_ITEM) == (2000, 16 * 1024 * 1024)
