"""Entity tags: one for each state that a response can show."""

from collections.abc import Callable
from typing import Any

import pytest

from clinicians.models import Clinician
from clinicians.testing import Api, created, json_of, logged_in, set_password

pytestmark = pytest.mark.django_db

ONE = "/dhos/v1/clinician/A"
READS = [
    ONE,
    f"{ONE}?temp_only=false",
    "/dhos/v1/clinician?email=ada@example.org",
    "/dhos/v1/clinicians",
    "/dhos/v2/clinicians",
    "/dhos/v1/clinicians?expanded=true",
    "/dhos/v2/clinicians?limit=10&expanded=true",
    "/dhos/v2/clinicians?offset=0&q=ada",
    "/dhos/v1/location/L1/clinician",
    "/dhos/v1/roles",
]
IN_FULL = [path for path in READS if "expanded" in path or "clinicians" not in path][
    :-1
]


@pytest.fixture(autouse=True)
def _clinician() -> None:
    created(
        uuid="A",
        email_address="ada@example.org",
        bookmarks=["B1"],
        bookmarked_patients=["P1"],
        locations=["L1", "L2"],
        groups=["GDM Clinician", "GDM Superclinician"],
        products=[{"product_name": "GDM", "uuid": "product"}],
    )


def etag(path: str) -> str:
    tag: str = Api().get(path).headers["ETag"]
    return tag


def patch(body: Any, path: str = ONE) -> None:
    response = Api().patch(path, body)
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_304_to_whoever_has_it_already(path: str, method: str) -> None:
    tag = etag(path)
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = getattr(Api(), method)(path, If_None_Match=given)
        assert response.status_code == 304, given
        assert response.getvalue() == b""
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "no-cache, must-revalidate"
        assert "Content-Type" not in response.headers


@pytest.mark.parametrize("path", READS)
def test_200_to_whoever_has_another(path: str) -> None:
    tag = etag(path)
    for given in ('"other"', tag.strip('"'), "", tag.upper().replace("A", "B"), '""'):
        response = Api().get(path, If_None_Match=given)
        assert response.status_code == 200, given
        assert response.headers["ETag"] == tag


@pytest.mark.parametrize("path", READS)
def test_other_preconditions_are_not_for_reads(path: str) -> None:
    for headers in (
        {"If_Match": '"other"'},
        {"If_Unmodified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        assert Api().get(path, **headers).status_code == 200, headers


@pytest.mark.parametrize("path", READS)
def test_the_same_state_has_the_same_tag(path: str) -> None:
    assert etag(path) == etag(path)


def test_the_first_version_is_deprecated_in_a_304_too() -> None:
    path = "/dhos/v1/clinicians"
    response = Api().get(path, If_None_Match="*")
    assert response.headers["Deprecation"] == "true"
    assert "successor-version" in response.headers["Link"]


def test_forms_and_queries_have_tags_of_their_own() -> None:
    base = "/dhos/v1/clinicians"
    queries = ["", "compact=true", "expanded=true", "sort=uuid", "q=ada", "offset=1"]
    paths = [ONE, *(f"{base}?{query}" for query in queries), "/dhos/v2/clinicians"]
    tags = {etag(path) for path in paths}
    assert len(tags) >= len(paths) - 1  # v1 and v2 of one query may share theirs


def test_an_error_has_no_tag() -> None:
    response = Api().get("/dhos/v1/clinician/nobody", If_None_Match="*")
    assert response.status_code == 404
    assert "ETag" not in response.headers


def agree() -> None:
    body = {"product_name": "GDM", "version": 1}
    assert Api().post(f"{ONE}/terms_agreement", body).status_code == 200


def mark(kind: str, method: str) -> Callable[[], None]:
    def send() -> None:
        api = Api(clinician_id="A", system_id=None)
        path = f"{ONE}/{kind}/{'B' if kind == 'location' else 'P'}"
        number = "2" if method == "post" else "1"
        assert getattr(api, method)(f"{path}{number}/bookmark").status_code < 300

    return send


FIELDS = {
    "first_name": "Ida",
    "last_name": "Other",
    "phone_number": "1",
    "job_title": "none",
    "nhs_smartcard_number": "2",
    "email_address": "Ada@Example.org.uk",
    "send_entry_identifier": "3",
    "professional_registration_number": "4",
    "agency_name": "5",
    "agency_staff_employee_number": "6",
    "login_active": False,
    "can_edit_encounter": True,
    "analytics_consent": False,
    "contract_expiry_eod_date": "2099-01-01",
}
CHANGES: dict[str, Callable[[], None]] = {
    **{
        name: lambda name=name, value=value: patch({name: value})  # type: ignore[misc]
        for name, value in FIELDS.items()
    },
    "role added": lambda: patch({"groups": ["SEND Clinician"]}),
    "location added": lambda: patch({"locations": ["L3"]}),
    "product added": lambda: patch({"products": [{"product_name": "DBM"}]}),
    "product closed": lambda: patch(
        {"products": [{"uuid": "product", "closed_date": "2020-01-01"}]}
    ),
    "product renamed": lambda: patch(
        {"products": [{"uuid": "product", "product_name": "DBM"}]}
    ),
    "role removed": lambda: patch({"groups": ["GDM Clinician"]}, f"{ONE}/delete"),
    "location removed": lambda: patch({"locations": ["L2"]}, f"{ONE}/delete"),
    "product removed": lambda: patch(
        {"products": [{"uuid": "product"}]}, f"{ONE}/delete"
    ),
    "agreement": agree,
    "location bookmarked": mark("location", "post"),
    "location no longer bookmarked": mark("location", "delete"),
    "patient bookmarked": mark("patient", "post"),
    "patient no longer bookmarked": mark("patient", "delete"),
    "password": lambda: set_password("ada@example.org", "Pass@word1!"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_visible_change_moves_the_tag(change: str) -> None:
    paths = [
        path for path in IN_FULL if "email=" not in path or change != "email_address"
    ]
    before = {path: etag(path) for path in paths}
    bodies = {path: json_of(Api().get(path)) for path in paths}

    CHANGES[change]()

    for path in paths:
        assert etag(path) != before[path], path
        assert json_of(Api().get(path, If_None_Match=before[path])) != bodies[path]


NO_CHANGES: dict[str, Callable[[], None]] = {
    "whole object sent back": lambda: patch(json_of(Api().get(ONE))),
    "empty body": lambda: patch({}),
    "same field": lambda: patch({"first_name": " Ada "}),
    "same address": lambda: patch({"email_address": "ADA@example.org"}),
    "members that are there": lambda: patch(
        {"groups": ["GDM Clinician"], "locations": ["L2"], "bookmarks": ["B1"]}
    ),
    "product as it is": lambda: patch(
        {"products": [{"uuid": "product", "product_name": "GDM"}]}
    ),
    "members that are not there": lambda: patch(
        {"groups": ["System"], "locations": ["L9"], "products": [{"uuid": "x"}]},
        f"{ONE}/delete",
    ),
}


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_changes_nothing_keeps_the_tag(change: str) -> None:
    before = {path: etag(path) for path in READS}
    bodies = {path: json_of(Api().get(path)) for path in READS}

    NO_CHANGES[change]()

    assert {path: etag(path) for path in READS} == before
    assert {path: json_of(Api().get(path)) for path in READS} == bodies


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_bookmark_that_is_there_or_not_already_keeps_the_tag(method: str) -> None:
    number = "1" if method == "post" else "2"
    api, before = Api(), etag(ONE)
    path = f"{ONE}/location/B{number}/bookmark"
    assert getattr(api, method)(path).status_code < 300
    assert etag(ONE) == before


def test_a_login_keeps_the_tag() -> None:
    set_password("ada@example.org", "Pass@word1!")
    before = etag(ONE)
    assert logged_in("ada@example.org", "Pass@word1!").status_code == 200
    assert logged_in("ada@example.org", "wrong").status_code == 403
    assert etag(ONE) == before


@pytest.mark.parametrize("path", [p for p in READS if "clinicians" in p])
def test_a_list_has_another_tag_when_somebody_comes_or_goes(path: str) -> None:
    tags = [etag(path)]
    created(uuid="B")
    tags.append(etag(path))
    Clinician.objects.filter(pk="A").delete()
    tags.append(etag(path))
    created(uuid="A")
    tags.append(etag(path))
    assert len(set(tags)) == len(tags)


def test_a_list_shows_changes_that_commit_late() -> None:
    """The newest `modified` may stay what it was: it tells nothing."""
    created(uuid="B", modified="2999-01-01")
    before = etag("/dhos/v2/clinicians")
    patch({"job_title": "changed"})
    assert etag("/dhos/v2/clinicians") != before


def test_a_clinician_made_anew_has_another_tag() -> None:
    before = etag(ONE)
    Clinician.objects.all().delete()
    created(uuid="A")
    assert etag(ONE) != before


def test_the_answer_to_a_change_carries_the_new_tag() -> None:
    for path, body in [
        (ONE, {"job_title": "changed"}),
        (f"{ONE}/delete", {"locations": ["L2"]}),
        ("/dhos/v1/clinician?email=ada@example.org", {"password": "Pass@word1!"}),
    ]:
        assert Api().patch(path, body).headers["ETag"] == etag(ONE)
