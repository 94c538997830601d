"""A role that is deleted while somebody grants it: refused, or the grant stays."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction

from clinicians.models import ClinicianRole
from clinicians.services.erasure import erase_clinician
from clinicians.testing import Api, clinician_body, created
from clinicians.tests.test_erasure_races import (
    PATIENCE,
    on_a_connection_of_its_own,
    wait_until_somebody_waits,
)
from roles.admin.saving import delete_roles
from roles.callers import Caller
from roles.models import Role
from users_service.journal.audit import Operator

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

PATH = "/dhos/v1/clinician"
STAFF = Caller(id="jane", kind="staff")
Ask = Callable[[], Any]

ASKS: dict[str, Ask] = {
    "PATCH": lambda: Api().patch(f"{PATH}/ada", {"groups": ["Ward"]}),
    "create": lambda: Api().post(PATH, clinician_body(groups=["Ward"])),
}


@pytest.fixture(autouse=True)
def _ward() -> None:
    Role.objects.create(name="Ward", recognised=True)
    created(uuid="ada")


def delete() -> list[str]:
    return delete_roles(actor=STAFF, names=["Ward"])


def beside(work: Callable[[], Any], then: Callable[[], Any]) -> Any:
    """Do the work in a transaction in which `then` has to wait; return its result."""
    results: list[Any] = []
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            work()
            waiting: Future[None] = pool.submit(
                on_a_connection_of_its_own, lambda: results.append(then())
            )
            wait_until_somebody_waits()
        waiting.result(PATIENCE)
    return results[0]


@pytest.mark.parametrize("way", ASKS)
def test_role_granted_after_its_deletion_began_is_refused_400(way: str) -> None:
    answer = beside(delete, ASKS[way])
    assert answer.status_code == 400
    assert "groups" in str(answer.json()["errors"])
    assert not ClinicianRole.objects.filter(role="Ward").exists()


@pytest.mark.parametrize("way", ASKS)
def test_role_deleted_after_its_grant_began_stays(way: str) -> None:
    answers = []
    kept = beside(lambda: answers.append(ASKS[way]()), delete)
    assert answers[0].status_code == 200
    assert kept == []
    assert ClinicianRole.objects.filter(role="Ward").count() == 1


def test_unknown_role_granted_while_its_last_holder_is_erased_stays() -> None:
    bulk(uuid="bea", groups=["Odd"])

    def erase() -> Any:
        return erase_clinician(actor=Operator("jane"), clinician_id="bea")

    erased = beside(lambda: bulk(uuid="cy", groups=["Odd"]), erase)

    assert erased.unrecognised_roles == 0
    assert ClinicianRole.objects.get(role="Odd").clinician_id == "cy"


def test_unknown_role_comes_again_after_its_last_holder_was_erased() -> None:
    bulk(uuid="bea", groups=["Odd"])

    answer = beside(
        lambda: erase_clinician(actor=Operator("jane"), clinician_id="bea"),
        lambda: bulk(uuid="cy", groups=["Odd"]),
    )

    assert answer.status_code == 200
    assert ClinicianRole.objects.get(role="Odd").clinician_id == "cy"


def bulk(**changes: Any) -> Any:
    answer = Api().post(f"{PATH}/bulk", [clinician_body(**changes)])
    assert answer.status_code == 200, answer.content
    return answer
