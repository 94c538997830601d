"""What the database itself refuses, whoever writes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from bookmarks.models import LocationBookmark, PatientBookmark
from clinicians.models import (
    Clinician,
    ClinicianLocation,
    ClinicianRole,
    Product,
    TermsAgreement,
)
from clinicians.testing import stored
from roles.models import Permission, Role
from users_service.journal.models import DeliveryCounts, OutboxMessage

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def product(**fields: Any) -> Product:
    values = {"product_name": "GDM", "opened_date": "2024-01-01", **fields}
    return Product.objects.create(**{"clinician_id": "A"} | values)


def agreement(**fields: Any) -> TermsAgreement:
    values = {"clinician_id": "A", "product_name": "GDM", **fields}
    return TermsAgreement.objects.create(**values)


def twice(model: type[models.Model], **fields: Any) -> Callable[[], object]:
    def write() -> object:
        model._default_manager.create(**fields)
        return model._default_manager.create(**fields)

    return write


def products(*each: dict[str, Any]) -> Callable[[], object]:
    return lambda: [product(**fields) for fields in each]


REFUSED: dict[str, Callable[[], object]] = {
    "delivery_counts_once": lambda: DeliveryCounts.objects.create(id=2),
    "clinician_email_unique": lambda: [
        stored(uuid, email_address="a@b.c") for uuid in ("1", "2")
    ],
    "clinician_email_not_blank": lambda: stored("1", email_address=""),
    "clinician_role_once": twice(
        ClinicianRole, clinician_id="A", role_id="GDM Clinician"
    ),
    "clinician_location_once": twice(
        ClinicianLocation, clinician_id="A", location_id="L"
    ),
    "product_uuid_unique": products(
        {"uuid": "P"}, {"uuid": "P", "product_name": "SEND"}
    ),
    "product_open_once": products({}, {}),
    "agreement_uuid_unique": lambda: [agreement(uuid="T") for _ in range(2)],
    "agreement_version_has_time": lambda: agreement(version=1),
    "location_bookmark_once": twice(
        LocationBookmark, clinician_id="A", location_id="L"
    ),
    "patient_bookmark_once": twice(PatientBookmark, clinician_id="A", patient_id="P"),
}
UNNAMED: dict[str, Callable[[], object]] = {
    "a clinician's id twice": lambda: stored("A"),
    "a role twice": twice(Role, name="a role"),
    "a permission twice": twice(Permission, name="a permission"),
    "a message's id twice": twice(
        OutboxMessage, message_id="00000000-0000-4000-8000-000000000000"
    ),
    "two products closed by a rename to an open one": lambda: [
        product(),
        Product.objects.filter(pk=product(product_name="B").pk).update(
            product_name="GDM"
        ),
    ],
    "a product reopened beside an open one": lambda: [
        product(),
        Product.objects.filter(pk=product(closed_date="2024-01-02").pk).update(
            closed_date=None
        ),
    ],
    "a tou_version without its time": lambda: agreement(tou_version=0),
    "a patient_notice_version without its time": lambda: agreement(
        patient_notice_version=0
    ),
    "an agreement that loses its time": lambda: [
        agreement(version=1, accepted_timestamp=NOW),
        TermsAgreement.objects.update(accepted_timestamp=None),
    ],
    "a product without a name": lambda: product(product_name=None),
    "a product without a day": lambda: product(opened_date=None),
    "no answer whether somebody is active": lambda: stored("1", login_active=None),
    "no version": lambda: stored("1", version=None),
    "no time of creation": lambda: stored("1", created=None),
}
ORPHANS: dict[str, Callable[[], object]] = {
    "role": lambda: ClinicianRole.objects.create(
        clinician_id="nobody", role_id="GDM Clinician"
    ),
    "unknown role": lambda: ClinicianRole.objects.create(
        clinician_id="A", role_id="nothing"
    ),
    "location": lambda: ClinicianLocation.objects.create(
        clinician_id="nobody", location_id="L"
    ),
    "product": lambda: product(clinician_id="nobody"),
    "agreement": lambda: agreement(clinician_id="nobody"),
    "location bookmark": lambda: LocationBookmark.objects.create(
        clinician_id="nobody", location_id="L"
    ),
    "patient bookmark": lambda: PatientBookmark.objects.create(
        clinician_id="nobody", patient_id="P"
    ),
}


@pytest.fixture(autouse=True)
def _clinician() -> None:
    stored("A")


def constraints() -> Iterator[str]:
    for label in ("clinicians", "bookmarks", "roles", "journal"):
        for model in apps.get_app_config(label).get_models():
            yield from (each.name for each in model._meta.constraints)


def test_every_constraint_is_tried() -> None:
    assert set(constraints()) == REFUSED.keys()


@pytest.mark.parametrize("name", REFUSED)
def test_the_constraint_refuses(name: str) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        REFUSED[name]()
    if connection.vendor == "postgresql":
        cause: Any = caught.value.__cause__
        assert cause.diag.constraint_name == name


@pytest.mark.parametrize("what", UNNAMED)
def test_the_database_refuses(what: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UNNAMED[what]()


@pytest.mark.parametrize("what", ORPHANS)
def test_nothing_hangs_on_nobody(what: str) -> None:
    ORPHANS[what]()  # checked at the end of the transaction, or when asked
    with pytest.raises(IntegrityError):
        connection.check_constraints()
    transaction.set_rollback(True)


def test_a_role_in_use_stays() -> None:
    Clinician.objects.get(pk="A").roles.add(Role.objects.get(name="GDM Clinician"))
    with pytest.raises(ProtectedError):
        Role.objects.filter(name="GDM Clinician").delete()


ALLOWED: dict[str, Callable[[], object]] = {
    "many without an address": lambda: [stored(uuid) for uuid in ("1", "2")],
    "one badge for two": lambda: [
        stored(uuid, send_entry_identifier="7") for uuid in ("1", "2")
    ],
    "closed products of one name": products(*[{"closed_date": "2024-01-01"}] * 2, {}),
    "one product of two clinicians": lambda: [
        stored("B"),
        product(),
        product(clinician_id="B"),
    ],
    "open products of two names": products({}, {"product_name": "gdm"}),
    "the same agreement twice": lambda: [
        agreement(version=1, accepted_timestamp=NOW) for _ in range(2)
    ],
    "no version at all": agreement,
    "a time without a version": lambda: agreement(tou_accepted_timestamp=NOW),
    "ids that differ in case": lambda: [stored("a"), stored("a ")],
    "a location and a patient of one id": lambda: [
        LocationBookmark.objects.create(clinician_id="A", location_id="X"),
        PatientBookmark.objects.create(clinician_id="A", patient_id="X"),
    ],
}


@pytest.mark.parametrize("what", ALLOWED)
def test_the_database_allows(what: str) -> None:
    assert ALLOWED[what]()


def test_what_hangs_on_a_clinician_goes_with_it() -> None:
    product()
    agreement()
    Clinician.objects.get(pk="A").roles.add(Role.objects.get(name="GDM Clinician"))
    LocationBookmark.objects.create(clinician_id="A", location_id="L")
    Clinician.objects.all().delete()
    for model in (Product, TermsAgreement, ClinicianRole, LocationBookmark):
        assert not model._default_manager.exists()


@pytest.mark.postgresql
def test_ids_longer_than_36_characters_do_not_fit() -> None:
    with pytest.raises(DataError), transaction.atomic():
        stored("x" * 37)
