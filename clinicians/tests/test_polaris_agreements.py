"""Moving over from Polaris: terms agreements, with and without versions."""

from typing import Any

import pytest

from clinicians.models import TermsAgreement
from clinicians.testing import Api, json_of, nothing_written
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

TIME = "2020-06-01T12:00:00+02:00"
SHOWN_TIME = "2020-06-01T10:00:00.000+00:00"
PAIRS = {
    "version": "accepted_timestamp",
    "tou_version": "tou_accepted_timestamp",
    "patient_notice_version": "patient_notice_accepted_timestamp",
}


def shown() -> Any:
    return json_of(Api().get("/dhos/v1/clinician/ada"))["terms_agreement"]


@pytest.fixture(autouse=True)
def _ada(polaris: LegacyDatabase) -> None:
    polaris.add_user("ada")


def test_the_agreement_of_the_highest_version_is_shown(
    polaris: LegacyDatabase,
) -> None:
    for version, created in ((9, "2019-01-02"), (10, "2019-01-01"), (None, TIME)):
        polaris.add_agreement(
            f"t{version}",
            "ada",
            created=created,
            version=version,
            accepted_timestamp=TIME,
        )
    polaris.imported()

    assert TermsAgreement.objects.count() == 3
    assert shown()["GDM"]["uuid"] == "t10"
    assert shown()["GDM"]["accepted_timestamp"] == SHOWN_TIME


@pytest.mark.parametrize("version", [None, 0, 3])
def test_of_equal_versions_the_one_created_later_is_shown(
    polaris: LegacyDatabase, version: int | None
) -> None:
    for uuid, year in (("t1", 2019), ("t2", 2021), ("t3", 2020)):
        polaris.add_agreement(
            uuid,
            "ada",
            created=f"{year}-01-01",
            version=version,
            accepted_timestamp=TIME,
        )
    polaris.imported()

    assert TermsAgreement.objects.count() == 3
    assert shown()["GDM"]["uuid"] == "t2"


def test_there_is_one_shown_for_every_product(polaris: LegacyDatabase) -> None:
    polaris.add_agreement("t1", "ada", tou_version=0, tou_accepted_timestamp=TIME)
    polaris.add_agreement("t2", "ada", product_name="SEND")
    polaris.imported()
    body = shown()

    assert (body["GDM"]["uuid"], body["SEND"]["uuid"]) == ("t1", "t2")
    assert body["GDM"]["tou_version"] == 0
    assert body["GDM"]["tou_accepted_timestamp"] == SHOWN_TIME
    block = {"uuid", "created", "created_by", "modified", "modified_by"}
    assert set(body["SEND"]) == {"product_name", *block}


@pytest.mark.parametrize("version", PAIRS)
def test_a_version_without_a_time_was_accepted_when_it_was_stored(
    polaris: LegacyDatabase, version: str
) -> None:
    created = "2019-03-04 05:06:07.891234"
    polaris.add_agreement("t1", "ada", created=created, **{version: 1})
    polaris.add_agreement("t2", "ada")

    assert polaris.summary()["oddities"]["versions of agreements without a time"] == 1
    row: Any = TermsAgreement.objects.values().get(uuid="t1")
    assert row[PAIRS[version]] == row["created"]
    assert row["created"].isoformat() == "2019-03-04T05:06:07.891234+00:00"


@pytest.mark.parametrize("moment", PAIRS.values())
def test_a_time_without_a_version_is_kept_and_not_shown(
    polaris: LegacyDatabase, moment: str
) -> None:
    polaris.add_agreement("t1", "ada", **{moment: TIME})
    polaris.imported()

    found = TermsAgreement.objects.values_list(moment, flat=True).get()
    assert found.isoformat() == "2020-06-01T10:00:00+00:00"
    assert moment not in shown()["GDM"]


def test_a_later_run_keeps_an_agreement_that_was_made_here(
    polaris: LegacyDatabase,
) -> None:
    polaris.add_agreement("t1", "ada", version=3)
    polaris.imported()
    body = {"product_name": "GDM", "version": 4}
    path = "/dhos/v1/clinician/ada/terms_agreement"
    assert Api().post(path, body).status_code == 200
    before = shown()
    with nothing_written():
        polaris.imported()
    polaris.add_agreement("t2", "ada", product_name="SEND", version=1)
    polaris.imported()

    assert shown().keys() == {"GDM", "SEND"}
    assert shown()["GDM"] == before["GDM"]
    assert before["GDM"]["version"] == 4
