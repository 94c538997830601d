"""The quick check of whole clinicians against their serializer."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinicians.serializers.checking import FileItemCheck, ItemCheck, as_given
from clinicians.serializers.history import (
    ImportedClinicianSerializer,
    PastClinicianSerializer,
    StoredClinicianSerializer,
)
from clinicians.testing import clinician_body
from clinicians.tests.odd_items import (
    AGREEMENT,
    DROPPED,
    PLACES,
    PRODUCT,
    WHOLE,
    changed,
)
from users_service.api.quick import Doubt, PlainField, quick
from users_service.api.validation import flat_errors
from users_service.tests.odd_values import HEX, ODD, OF_ANY_TYPE, PRINTABLE, TEXTS

OFTEN = settings(deadline=None, max_examples=200)
SERIALIZERS = [
    PastClinicianSerializer,
    ImportedClinicianSerializer,
    StoredClinicianSerializer,
]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.just(DROPPED) | st.sampled_from(ODD) | st.sampled_from(OF_ANY_TYPE + TEXTS),
    ),
    max_size=4,
)


QUICK = {each: quick(each()) for each in SERIALIZERS}
CHECKS = {each: ItemCheck(each) for each in SERIALIZERS}


def as_json(value: Any) -> str:
    """Return a value as JSON text, which tells true from 1 and 1 from 1.0."""
    return json.dumps(value, sort_keys=True)


def verdict(check: Callable[[Any], Any], item: Any) -> Any:
    """Return what an item is made into, as text, or what is wrong with it."""
    try:
        return as_json(check(item))
    except ValidationError as error:
        return flat_errors(error.detail)


def agreed(serializer: type[PastClinicianSerializer], item: Any) -> Any:
    """Return the verdict on an item, the serializer's and the quick check's."""
    before = as_json(item)
    said = verdict(
        lambda value: as_given(value, serializer().run_validation(value)), item
    )
    with suppress(Doubt):
        assert verdict(quick(serializer()), item) == said
    assert verdict(CHECKS[serializer], item) == said
    assert as_json(item) == before
    return said


def doubted(serializer: type[PastClinicianSerializer], item: Any) -> bool:
    """Return whether the quick check leaves an item to the serializer."""
    try:
        QUICK[serializer](item)
    except Doubt:
        return True
    return False


def fields_of(field: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every field in a field, itself included, with its path."""
    yield path, field
    if isinstance(field, serializers.Serializer):
        for name, inner in field.fields.items():
            yield from fields_of(inner, f"{path}.{name}")
    elif isinstance(field, serializers.ListField):
        yield from fields_of(field.child, f"{path}.0")


def keys_are_given(made: Any, item: Any) -> bool:
    """Return whether a checked value has no key that the given one has not."""
    if isinstance(made, dict):
        return made.keys() <= item.keys() and all(
            keys_are_given(each, item[name]) for name, each in made.items()
        )
    if isinstance(made, list) and any(isinstance(each, dict) for each in made):
        return all(map(keys_are_given, made, item))
    return True


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_every_field_has_a_quick_check(serializer: Any) -> None:
    found = dict(fields_of(serializer(), "item"))

    assert found.keys() >= {"item.uuid", "item.products.0.closed_date", "item.groups.0"}
    for path, field in found.items():
        assert isinstance(field, PlainField), path
        assert callable(quick(field)), path


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_every_field_agrees_with_its_quick_check(serializer: Any) -> None:
    for path, field in fields_of(serializer(), "item"):
        check = quick(field)
        for value in ODD:
            with suppress(Doubt):
                found = check(value)
                made = as_given(value, field.run_validation(value))
                assert as_json(found) == as_json(made), path


@OFTEN
@given(CHANGES, st.sampled_from(SERIALIZERS))
def test_no_change_makes_quick_check_and_serializer_differ(
    changes: Any, serializer: Any
) -> None:
    said = agreed(serializer, changed(*changes))

    assert said or said == {}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_missing_key_is_judged_alike(place: Any) -> None:
    for serializer in SERIALIZERS:
        agreed(serializer, changed((place, DROPPED)))


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_good_clinician_is_not_in_doubt(serializer: Any) -> None:
    for item in (
        WHOLE,
        clinician_body(uuid="ada"),
        clinician_body(uuid="ada", terms_agreements=[], bookmarks=["x", "x"]),
        clinician_body(uuid="ada", email_address="\u0130@x"),
        changed(
            (("email_address",), " "),
            (("password_hash",), DROPPED),
            (("password_salt",), DROPPED),
        ),
        changed((("password_hash",), None), (("password_salt",), None)),
    ):
        assert not doubted(serializer, item)
        assert isinstance(agreed(serializer, item), str)


def test_a_clinician_comes_out_as_stored() -> None:
    made = ItemCheck()(WHOLE)

    assert made == {
        **WHOLE,
        "created": "2019-01-01T00:00:00+00:00",
        "modified": "2019-02-01T00:00:00+00:00",
        "first_name": "Ada",
        "email_address": "ada@example.com",
        "login_active": True,
        "contract_expiry_eod_date": "2020-01-31",
        "locations": ["L1", "L2"],
        "products": [
            {
                **{name: PRODUCT[name] for name in [*PRODUCT][:-1]},
                "created": "2019-01-01T00:00:00+00:00",
                "modified": "2019-02-01T00:00:00+00:00",
                "opened_date": "2019-01-01",
            },
            {"product_name": "GDM"},
        ],
        "terms_agreements": [
            {
                **AGREEMENT,
                "created": "2019-01-01T00:00:00+00:00",
                "modified": "2019-02-01T00:00:00+00:00",
                "accepted_timestamp": "2019-01-01T12:01:01.500000+00:00",
                "tou_accepted_timestamp": None,
                "patient_notice_accepted_timestamp": "2019-01-02T00:00:00+00:00",
            },
            {"product_name": "GDM"},
        ],
    }


@OFTEN
@given(CHANGES, st.sampled_from(SERIALIZERS))
def test_defaults_of_absent_fields_are_left_out(changes: Any, serializer: Any) -> None:
    item = changed(*changes)
    with suppress(ValidationError):
        assert keys_are_given(CHECKS[serializer](item), item)
        made = as_given(item, serializer().run_validation(item))
        assert keys_are_given(made, item)


@OFTEN
@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_times_come_out_as_text_in_utc(moment: datetime, zone: timezone) -> None:
    there = moment.replace(tzinfo=zone)
    text = there.isoformat()
    made = json.loads(agreed(PastClinicianSerializer, changed((("created",), text))))

    assert made["created"] == there.astimezone(UTC).isoformat()
    assert datetime.fromisoformat(made["created"]) == there


@pytest.mark.parametrize("one", ["password_hash", "password_salt"])
@pytest.mark.parametrize("half", [None, DROPPED])
def test_half_a_password_is_refused_alike(one: str, half: Any) -> None:
    for serializer in SERIALIZERS:
        assert agreed(serializer, changed(((one,), half))) == {
            "password_hash": ["Give both password_hash and password_salt."]
        }


def test_two_passwords_are_refused_alike() -> None:
    stored = f"polaris_scrypt${PRINTABLE}${HEX.lower()}"
    for serializer in SERIALIZERS[1:]:
        assert agreed(serializer, changed((("password",), stored))) == {
            "password": ["Give either password or password_hash."]
        }


def test_all_faults_are_named_though_the_quick_check_stops_at_one() -> None:
    item = changed(
        (("first_name",), 1),
        (("groups", 0), ""),
        (("products", 0, "opened_date"), "2021-02-30"),
        (("products", 1, "unknown"), 1),
        (("terms_agreements", 0, "version"), True),
        (("terms_agreements", 1), None),
    )
    said = agreed(PastClinicianSerializer, item)

    assert said.keys() == {
        "first_name",
        "groups.0",
        "products.0.opened_date",
        "products.1.unknown",
        "terms_agreements.0.version",
        "terms_agreements.1",
    }


@pytest.mark.parametrize("mark", [True, False, None, 1, "true", DROPPED])
def test_only_true_marks_a_clinician_that_was_stored(mark: Any) -> None:
    lacking = changed((("as_stored",), mark), (("first_name",), None))

    said = verdict(FileItemCheck(), lacking)

    assert isinstance(said, str) is (mark is True)
    assert verdict(FileItemCheck(), changed((("first_name",), None))) == {
        "first_name": ["This field may not be null."]
    }
