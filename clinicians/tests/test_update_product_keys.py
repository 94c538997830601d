"""Which keys a product in a PATCH may have."""

from typing import Any

import pytest

from clinicians.testing import Api, json_of, nothing_written, problem_of, settled

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/ada"
PRODUCT = {"uuid": "P1", "product_name": "GDM", "opened_date": "2024-01-31"}


@pytest.fixture(autouse=True)
def _ada() -> None:
    settled(uuid="ada", products=[PRODUCT])


def test_identifiers_and_accessibility_of_a_product_are_ignored() -> None:
    before = json_of(Api().get(PATH))["products"]
    ignored = {"created": 1, "modified_by": [], "accessibility_discussed": 1}
    answer = Api().patch(PATH, {"products": [{"uuid": "P1", **ignored}]})

    assert json_of(answer)["products"] == before


@pytest.mark.parametrize("key", ["close_date", "clinician", "x\u00a0", ""])
@pytest.mark.parametrize("entry", [{"uuid": "P1"}, {"product_name": "DBM"}])
def test_unknown_key_of_a_product_is_refused(entry: dict[str, Any], key: str) -> None:
    with nothing_written():
        answer = Api().patch(PATH, {"products": [{}, {**entry, key: "2024-01-01"}]})
    assert problem_of(answer)[1][f"products.1.{key}"] == ["Unknown field."]
