"""Names that were stored with blanks around them, sent back or removed."""

from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import Api, json_of, settled
from roles.models import Role

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/old"


@pytest.fixture
def stored() -> Any:
    """Return a clinician whose names were stored before names were trimmed."""
    settled(uuid="old", groups=["GDM Clinician", "DBM Clinician"])
    clinician = Clinician.objects.get(pk="old")
    for name in ("Odd\xa0", "GDM Clinician\xa0"):
        clinician.roles.add(Role.objects.create(name=name, recognised=False))
    clinician.products.update(product_name="GDM\xa0")
    Clinician.objects.filter(pk="old").update(send_entry_identifier="7 ")
    return json_of(Api().get(PATH))


@pytest.mark.parametrize("scope", ["write:gdm_clinician_all", "write:gdm_clinician"])
def test_stored_names_sent_back_change_nothing(stored: Any, scope: str) -> None:
    own = {name: stored[name] for name in ("send_entry_identifier", "products")}
    given = stored if scope.endswith("all") else own
    answer = Api(scope, clinician_id="old" if given is own else "A1").patch(PATH, given)

    assert answer.status_code == 200, answer.content
    assert json_of(answer) == stored


def test_new_names_beside_stored_ones_are_trimmed(stored: Any) -> None:
    changes = {"groups": ["SEND Clinician\u3000"], "send_entry_identifier": " 8\xa0"}
    answer = json_of(Api().patch(PATH, changes))

    assert answer["groups"] == sorted([*stored["groups"], "SEND Clinician"])
    assert answer["send_entry_identifier"] == "8"


def test_role_stored_with_a_blank_is_removed_without_its_namesake(stored: Any) -> None:
    gone = {"groups": ["GDM Clinician\xa0", "DBM Clinician\u2003"]}
    answer = json_of(Api().patch(f"{PATH}/delete", gone))

    assert "DBM Clinician" in stored["groups"]
    assert answer["groups"] == ["GDM Clinician", "Odd\xa0"]
