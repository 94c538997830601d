"""Blanks and invisible characters in names, addresses and ids."""

import json
from typing import Any

import pytest

from clinicians.testing import (
    Api,
    clinician_body,
    created,
    json_of,
    nothing_written,
    problem_of,
    stored,
)
from roles.models import Role

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
BLANKS = ["\u00a0", "\u2003", "\u3000", " \t", "\u2028"]
HIDDEN = ["\u200b", "\u00ad", "\u202e", "\ufeff", "\u2060", "\u200f"]


@pytest.mark.parametrize("blank", BLANKS)
def test_names_are_stored_without_blanks_at_both_ends(blank: str) -> None:
    def padded(text: str) -> str:
        return f"{blank}{text}{blank}"

    body = created(
        groups=[padded("GDM Clinician")],
        products=[{"product_name": padded("GDM")}],
        send_entry_identifier=padded("B7"),
    )
    assert body["groups"] == ["GDM Clinician"]
    assert body["products"][0]["product_name"] == "GDM"
    assert body["send_entry_identifier"] == "B7"
    path = f"{PATH}/{body['uuid']}"
    body = json_of(Api().patch(path, {"groups": [padded("DEA Collector")]}))
    assert body["groups"] == ["DEA Collector", "GDM Clinician"]
    answer = Api().patch(path, {"products": [{"product_name": padded("GDM")}]})
    assert problem_of(answer)[0] == 400
    removed = Api().patch(f"{path}/delete", {"groups": [padded("DEA Collector")]})
    assert json_of(removed)["groups"] == ["GDM Clinician"]


def test_bulk_recognises_a_role_with_a_no_break_space() -> None:
    item = clinician_body(uuid="a", groups=["GDM Clinician\u00a0"])
    assert Api().post(f"{PATH}/bulk", [item]).status_code == 200
    assert json_of(Api().get(f"{PATH}/a"))["groups"] == ["GDM Clinician"]
    assert not Role.objects.filter(recognised=False).exists()


def test_stored_role_with_a_blank_stays_readable_and_removable() -> None:
    role = Role.objects.create(name="Odd\u00a0", recognised=False)
    stored("a").roles.add(role)
    assert json_of(Api().get(f"{PATH}/a"))["groups"] == ["Odd\u00a0"]
    removed = Api().patch(f"{PATH}/a/delete", {"groups": ["Odd\u00a0"]})
    assert json_of(removed)["groups"] == []


def test_unknown_role_is_named_with_its_invisible_characters() -> None:
    answer = Api().post(PATH, clinician_body(groups=["GDM\u00a0Clinician"]))
    assert problem_of(answer) == (
        400,
        {"groups": ["Unknown role 'GDM\\u00a0Clinician'."]},
    )


@pytest.mark.parametrize("character", [*HIDDEN, "\u00a0", "\u2028", " "])
def test_new_address_with_an_invisible_character_is_refused(character: str) -> None:
    address = f"ada@exa{character}mple.com"
    with nothing_written():
        answer = Api().post(PATH, clinician_body(email_address=address))
    status, errors = problem_of(answer)
    assert (status, set(errors)) == (400, {"email_address"})
    if character != " ":
        assert f"\\u{ord(character):04x}" in errors["email_address"][0]
    uuid = created()["uuid"]
    with nothing_written():
        answer = Api().patch(f"{PATH}/{uuid}", {"email_address": address})
    assert problem_of(answer)[0] == 400


def test_stored_address_with_an_invisible_character_may_be_sent_back() -> None:
    address = "ada@exa\u200bmple.com"
    item = clinician_body(uuid="a", email_address=address)
    assert Api().post(f"{PATH}/bulk", [item]).status_code == 200
    answer = Api().patch(f"{PATH}/a", {"email_address": address, "job_title": "x"})
    assert json_of(answer)["email_address"] == address


@pytest.mark.parametrize("value", ["bulk", "login", ".", "..", "a/b", "/"])
@pytest.mark.parametrize("name", ["locations", "bookmarks", "bookmarked_patients"])
def test_id_that_no_path_can_carry_is_refused(name: str, value: Any) -> None:
    wrong = ["No path can carry this as an id."]
    answer = Api().post(PATH, clinician_body(**{name: [value]}))
    assert problem_of(answer) == (400, {f"{name}.0": wrong})
    answer = Api().post(f"{PATH}/bulk", [clinician_body(uuid="b", **{name: [value]})])
    assert problem_of(answer) == (400, {f"0.{name}.0": wrong})
    path = f"{PATH}/{created()['uuid']}"
    answer = Api().patch(path, {name: [value]})
    assert problem_of(answer) == (400, {f"{name}.0": wrong})
    assert Api().patch(f"{path}/delete", {name: [value]}).status_code == 200


@pytest.mark.parametrize("value", ["bulk", "login", ".", "..", "a/b"])
def test_clinicians_id_that_no_path_can_carry_is_refused(value: str) -> None:
    wrong = ["No path can carry this as an id."]
    answer = Api().post(PATH, clinician_body(uuid=value))
    assert problem_of(answer) == (400, {"uuid": wrong})
    answer = Api().post(f"{PATH}/bulk", [clinician_body(uuid=value)])
    assert problem_of(answer) == (400, {"0.uuid": wrong})


@pytest.mark.parametrize("charset", ["utf8", "UTF-8", '"utf8"'])
def test_charset_utf8_is_an_alias(charset: str) -> None:
    body = clinician_body()
    answer = Api().client.post(
        PATH,
        data=json.dumps(body),
        content_type=f"application/json; charset={charset}",
        headers=Api().headers,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity"])
def test_body_with_a_content_encoding_is_415(encoding: str) -> None:
    answer = Api().post(PATH, clinician_body(), Content_Encoding=encoding)
    assert problem_of(answer)[0] == 415
