"""`--on-conflict update`: which password a clinician has afterwards."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password

from clinicians.models import Clinician
from clinicians.testing import logged_in, recorded, set_password
from clinicians.tests.files import (
    EARLIER,
    LATER,
    LEGACY,
    PAST,
    Update,
    ada,
    changed,
    updating,
)
from clinicians.tests.test_bulk import LEGACY_HASH, LEGACY_SALT

pytestmark = pytest.mark.django_db

RIGHT = "Pass@word1!"
ADDRESS = "ada@mail.example"


@pytest.fixture
def update(tmp_path: Path) -> Update:
    return updating(tmp_path)


def password() -> str:
    return Clinician.objects.get(pk="ada").password or ""


@pytest.mark.parametrize("modified", [{}, {"modified": EARLIER}, {"modified": LATER}])
def test_a_password_goes_to_who_has_none(
    update: Update, modified: dict[str, str]
) -> None:
    ada()
    assert update(changed(**LEGACY, **modified)).counts() == {"updated": 1}
    assert logged_in(ADDRESS, RIGHT).status_code == 200


def test_a_password_that_the_file_lacks_stays(update: Update) -> None:
    ada()
    set_password(ADDRESS, "correct horse")
    before = password()
    nothing = {"password_hash": None, "password_salt": None, "password": None}
    update(changed(job_title="nurse"))
    update(changed(job_title="midwife", **nothing))

    assert password() == before


def test_a_legacy_hash_replaces_another(update: Update) -> None:
    ada()
    update(changed(**LEGACY))
    update(changed(**LEGACY | {"password_hash": "0" * 512}))
    assert password() == f"polaris_scrypt${LEGACY_SALT}${'0' * 512}"


@pytest.mark.parametrize("modified", [{}, {"modified": PAST}, {"modified": EARLIER}])
def test_an_upgraded_hash_is_not_replaced_by_an_older_one(
    update: Update, modified: dict[str, str]
) -> None:
    ada()
    update(changed(**LEGACY, modified=PAST))
    assert logged_in(ADDRESS, RIGHT).status_code == 200
    upgraded = password()
    assert upgraded.startswith("argon2$")
    told = update(changed(**LEGACY, job_title="nurse", **modified))

    assert told.counts() == {"updated": 1}
    assert password() == upgraded
    assert "password" not in recorded()[-1][2]


def test_a_later_legacy_hash_replaces_an_upgraded_one(update: Update) -> None:
    ada()
    set_password(ADDRESS, "correct horse")
    Clinician.objects.update(modified=PAST)
    update(changed(**LEGACY, modified=LATER))

    assert logged_in(ADDRESS, "correct horse").status_code == 403
    assert logged_in(ADDRESS, RIGHT).status_code == 200


def test_a_stored_hash_replaces_any(update: Update) -> None:
    ada()
    set_password(ADDRESS, "correct horse")
    new = make_password("battery staple")
    update(changed(password=new, modified=EARLIER))
    assert password() == new


def test_the_trail_tells_that_a_password_changed_and_no_more(update: Update) -> None:
    ada()
    new = make_password("battery staple")
    update(changed(**LEGACY))
    update(changed(password=new))

    told = [changes for _, _, changes in recorded()]
    assert told == [{"password": "changed"}, {"password": "changed"}]
    trail = json.dumps(told)
    assert not any(text in trail for text in (LEGACY_HASH, LEGACY_SALT, new))
