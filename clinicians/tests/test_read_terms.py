"""Which terms agreement the full form shows."""

from typing import Any

import pytest

from clinicians.models import Clinician, TermsAgreement
from clinicians.testing import Api, json_of
from clinicians.tests.golden import ID, agree, store_golden

pytestmark = pytest.mark.django_db

THEN = "2019-01-01T12:01:01.000+00:00"


@pytest.fixture(autouse=True)
def _clinician() -> None:
    store_golden()


def shown() -> Any:
    return json_of(Api().get(f"/dhos/v1/clinician/{ID}"))["terms_agreement"]


def kept(product_name: str = "GDM", **fields: Any) -> TermsAgreement:
    """Store an agreement as an import brings it: any version may be missing."""
    return TermsAgreement.objects.create(
        clinician=Clinician.objects.get(pk=ID), product_name=product_name, **fields
    )


def test_there_are_none() -> None:
    assert shown() == {}


def test_agreement_is_shown_as_it_was_answered() -> None:
    answer = json_of(
        agree(
            product_name="GDM",
            version=3,
            accepted_timestamp="2019-01-01T14:01:01+02:00",
            tou_version=0,
            tou_accepted_timestamp="2019-01-01T12:01:01",
        )
    )

    assert shown() == {"GDM": answer}
    assert answer == {
        "product_name": "GDM",
        "version": 3,
        "accepted_timestamp": THEN,
        "tou_version": 0,
        "tou_accepted_timestamp": THEN,
        "uuid": answer["uuid"],
        "created": answer["created"],
        "created_by": "dhos-robot",
        "modified": answer["modified"],
        "modified_by": "dhos-robot",
    }


def test_highest_version_is_shown_for_each_product() -> None:
    for product, version in [("GDM", 9), ("SEND", 1), ("GDM", 10), ("GDM", 2)]:
        assert agree(product_name=product, version=version).status_code == 200
    versions = {name: each["version"] for name, each in shown().items()}
    assert versions == {"GDM": 10, "SEND": 1}


@pytest.mark.parametrize("version", [0, -1, -2147483648])
def test_no_version_counts_lowest(version: int) -> None:
    agree(product_name="GDM", version=version)
    kept(tou_version=9, tou_accepted_timestamp=THEN)
    assert shown()["GDM"]["version"] == version
    assert "tou_version" not in shown()["GDM"]


def test_an_agreement_without_any_version_is_shown_bare() -> None:
    agreement = kept(accepted_timestamp=THEN, patient_notice_accepted_timestamp=THEN)
    assert shown()["GDM"].keys() == {
        "product_name",
        "uuid",
        "created",
        "created_by",
        "modified",
        "modified_by",
    }
    assert shown()["GDM"]["uuid"] == agreement.uuid


@pytest.mark.parametrize("later_first", [True, False])
def test_of_equal_versions_the_one_created_later_is_shown(later_first: bool) -> None:
    created = ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000001Z"]
    for moment in created[::-1] if later_first else created:
        kept(uuid=moment, version=1, accepted_timestamp=THEN, created=moment)
    assert shown()["GDM"]["uuid"] == created[1]


def test_equal_in_every_way_the_last_stored_is_shown() -> None:
    for uuid in ("b", "c", "a"):
        kept(uuid=uuid, created=THEN)
    assert shown()["GDM"]["uuid"] == "a"


def test_product_names_are_told_apart_by_code_point() -> None:
    for name in ("gdm", "GDM", 'a "quoted" \\ näme', "😀"):
        agree(product_name=name, version=1)
    assert shown().keys() == {"gdm", "GDM", 'a "quoted" \\ näme', "😀"}


def test_agreements_stay_with_their_clinician() -> None:
    agree(product_name="GDM", version=1)
    store_golden(uuid="other", email_address=None, products=[{"product_name": "GDM"}])
    body = json_of(Api().get("/dhos/v1/clinician/other"))
    assert body["terms_agreement"] == {}
