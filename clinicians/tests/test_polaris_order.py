"""Moving over from Polaris: whose is what, in whichever order the source sorts."""

from collections.abc import Iterator

import pytest

from clinicians.models import Clinician
from clinicians.tests import legacy_database
from clinicians.tests.legacy_database import LegacyDatabase

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

IDS = ["a", "Z", "é", "-", "a b", "A-1", "A1", "𝄞", "\uffff", "10", "9"]
"""By code point "Z" comes before "a" and "é" last; no dictionary has it so."""

SORTED = [("user", "uuid"), ("product", "user_id"), ("terms_agreement", "user_id")]


@pytest.fixture(params=["C", "en-x-icu"])
def _collation(
    polaris: LegacyDatabase, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Have the source sort ids by code point, or as a dictionary does."""
    known = "SELECT FROM pg_collation WHERE collname = %s"
    if not polaris.execute(known, [request.param]).fetchall():
        pytest.skip("needs a PostgreSQL with ICU")
    collate(polaris, request.param)
    yield
    collate(polaris, "default")


def collate(polaris: LegacyDatabase, collation: str) -> None:
    for table, column in SORTED:
        kind = f'varchar(36) COLLATE "{collation}"'
        polaris.execute(f'ALTER TABLE "{table}" ALTER {column} TYPE {kind}')


@pytest.mark.usefixtures("_collation")
def test_everybody_gets_what_is_theirs(polaris: LegacyDatabase) -> None:
    for number, uuid in enumerate(IDS):
        polaris.add_user(uuid, job_title=uuid)
        for first, name in ((2, "a"), (1, "b"), (3, "c")):
            polaris.add_product(
                f"{name} {uuid}",
                uuid,
                product_name=name,
                created=f"2019-01-0{first}",
            )
        for version in range(number):
            polaris.add_agreement(f"t{version} {uuid}", uuid, version=version)
    polaris.imported()

    for number, uuid in enumerate(IDS):
        clinician = Clinician.objects.get(job_title=uuid)
        products = clinician.products.order_by("id").values_list("uuid", flat=True)
        assert clinician.pk == uuid
        assert [*products] == [f"{name} {uuid}" for name in "bac"]
        assert clinician.terms_agreements.count() == number
