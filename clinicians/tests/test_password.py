"""PATCH by e-mail address: setting a password."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from clinicians import passwords
from clinicians.models import Clinician
from clinicians.services import credentials
from clinicians.services.erasure import erase_clinician
from clinicians.testing import (
    Api,
    announced,
    json_of,
    logged_in,
    nothing_written,
    problem_of,
    recorded,
    settled,
    stored,
)
from roles.callers import Caller
from users_service.exceptions import NotFound
from users_service.journal.audit import Operator

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician?email="


def ada() -> dict[str, Any]:
    return settled(email_address="ada@example.com", groups=[])


def patched(email: str, body: Any) -> Any:
    return Api(system_id="A1").patch(PATH + quote(email), body)


def test_a_password_is_set() -> None:
    before = ada()
    answer = patched("ada@example.com", {"password": "Pass@word1!"})
    after = json_of(answer)

    assert answer.status_code == 200
    moved = {"modified": after["modified"], "modified_by": "A1"}
    assert after == {**before, **moved}
    assert after["modified"] > before["modified"]
    assert logged_in("ada@example.com", "Pass@word1!").status_code == 200
    assert logged_in("ada@example.com", "pass@word1!").status_code == 403


def test_the_new_password_replaces_the_old_one() -> None:
    ada()
    for password in ("first", "second"):
        assert patched("ada@example.com", {"password": password}).status_code == 200

    assert logged_in("ada@example.com", "first").status_code == 403
    assert logged_in("ada@example.com", "second").status_code == 200


def test_it_is_stored_as_argon2id() -> None:
    ada()
    patched("ada@example.com", {"password": "Pass@word1!"})
    encoded = Clinician.objects.get().password or ""

    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_change_is_recorded_without_the_password_and_not_announced() -> None:
    before = ada()
    patched("ada@example.com", {"password": "Pass@word1!"})

    assert announced() == []
    assert recorded() == [("password.changed", before["uuid"], {"password": "changed"})]


@pytest.mark.parametrize("email", [" ADA@Example.com ", "ada@example.com"])
def test_the_address_is_normalised(email: str) -> None:
    ada()

    assert patched(email, {"password": "secret"}).status_code == 200


@pytest.mark.parametrize(
    "password",
    [
        "x",
        " blanks around ",
        "p:w:with:colons",
        "pässwörd",
        "e\u0301",
        "密码\U0001f600",
        "x" * 1024,
        "\U0001f600" * 1024,
    ],
)
def test_any_printable_unicode_is_a_password(password: str) -> None:
    ada()

    assert patched("ada@example.com", {"password": password}).status_code == 200
    assert logged_in("ada@example.com", password).status_code == 200


def test_a_password_is_compared_as_given() -> None:
    ada()
    patched("ada@example.com", {"password": "e\u0301"})

    assert logged_in("ada@example.com", "\u00e9").status_code == 403


def test_other_keys_are_ignored() -> None:
    before = ada()
    body = {"password": "secret", "job_title": 1, "password_hash": None, "x": {}}
    after = json_of(patched("ada@example.com", body))

    assert after["job_title"] == before["job_title"]
    assert recorded()[0][2] == {"password": "changed"}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"password": ["This field is required."]}),
        ({"job_title": "x"}, {"password": ["This field is required."]}),
        ({"password": None}, {"password": ["This field may not be null."]}),
        ({"password": ""}, {"password": ["This field may not be blank."]}),
        ({"password": 12345678}, {"password": ["A string is needed."]}),
        ({"password": ["x"]}, {"password": ["A string is needed."]}),
        (
            {"password": "x" * 1025},
            {"password": ["Ensure this field has no more than 1024 characters."]},
        ),
        (
            {"password": "a\x00b"},
            {"password": ["NUL characters and lone surrogates are not allowed"]},
        ),
        ([], {"body": ["A JSON object is needed."]}),
    ],
)
def test_a_faulty_password_is_refused(body: Any, errors: Any) -> None:
    ada()
    with nothing_written():
        answer = patched("ada@example.com", body)

    assert problem_of(answer) == (400, errors)


@pytest.mark.parametrize("email", ["nobody@example.com", "no address", "", "%"])
def test_an_unknown_address_is_not_found_well_formed_or_not(email: str) -> None:
    settled()  # has no address
    with nothing_written():
        answer = patched(email, {"password": "secret"})

    assert problem_of(answer) == (404, f"No user found with address {email}")


def test_the_address_is_required() -> None:
    with nothing_written():
        answer = Api().patch("/dhos/v1/clinician", {"password": "secret"})

    assert problem_of(answer) == (400, {"email": ["This field is required."]})


def test_other_parameters_are_refused() -> None:
    ada()
    with nothing_written():
        answer = Api().patch(f"{PATH}ada@example.com&x=1", {"password": "secret"})

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})


def is_erased(clinician_id: str) -> None:
    erase_clinician(actor=Operator("jane"), clinician_id=clinician_id)


def gets_another(clinician_id: str) -> None:
    path = f"/dhos/v1/clinician/{clinician_id}"
    assert (
        Api().patch(path, {"email_address": "ada@elsewhere.example"}).status_code == 200
    )


def gives_it_away(clinician_id: str) -> None:
    gets_another(clinician_id)
    stored("heir", email_address="ada@example.com")


@pytest.mark.parametrize("lose", [is_erased, gets_another, gives_it_away])
def test_who_loses_the_address_while_it_is_hashed_is_not_found(
    monkeypatch: pytest.MonkeyPatch, lose: Callable[[str], None]
) -> None:
    clinician_id = ada()["uuid"]
    states: list[Any] = []

    def hashed(password: str) -> str:
        lose(clinician_id)
        states.append(
            (list(Clinician.objects.order_by("pk").values()), recorded(), announced())
        )
        return f"a hash of {password}"

    monkeypatch.setattr(passwords, "make", hashed)
    with pytest.raises(NotFound, match=r"No user found with address Ada@Example\.com"):
        credentials.set_password(
            actor=Caller(), email_address="Ada@Example.com", password="secret"
        )

    after = (list(Clinician.objects.order_by("pk").values()), recorded(), announced())
    assert states == [after]
    assert not Clinician.objects.filter(password__isnull=False).exists()
