"""A clinician against another, with the scopes that clinicians really have.

What each role's token may do is worked out here, from the words of the HTTP contract's
table and its list of roles, and not by the service's own rules.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from clinicians.testing import Api, clinician_body, created, json_of, nothing_written
from users_service.routes import Route, routes
from users_service.tests.sizes import sized
from users_service.tests.test_every_route import WHO_MAY_CALL

pytestmark = pytest.mark.django_db

GUARDED = [route for route in routes() if route.rule is not None]
MINE, THEIRS = "A1", "B2"
# In every answer that shows anything of the other clinician.
MARK = "secret-of-b2"
PATH = "/dhos/v1/clinician"
# As Polaris has them.
ROLES: dict[str, list[str]] = json.loads(
    (Path(__file__).resolve().parents[2] / "roles/tests/polaris_roles.json").read_text()
)
# People hold several roles: a token has the scopes of all.
HELD = sized(quick=1, soak=2)
COMBINATIONS = [
    names
    for number in range(1, HELD + 1)
    for names in itertools.combinations(sorted(ROLES), number)
]
WORD = re.compile(r"[\w:]+")
TEMPORARY: dict[str, Any] = {
    "contract_expiry_eod_date": "2999-01-01",
    "groups": ["SEND Clinician"],
    "send_entry_identifier": "7",
}
SEND = {"product_name": "SEND", "opened_date": "2024-01-31"}
BODIES: dict[str, Any] = {
    "POST /dhos/v1/clinician": clinician_body(**TEMPORARY, products=[SEND]),
    "PATCH /dhos/v1/clinician": {"password": "another one"},
    "PATCH /dhos/v1/clinician/{clinician_id}": {"job_title": "changed"},
    "PATCH /dhos/v1/clinician/{clinician_id}/delete": {"locations": [MARK]},
    "POST /dhos/v1/clinician/{clinician_id}/terms_agreement": {
        "product_name": "SEND",
        "version": 2,
    },
    "POST /dhos/v1/clinician/bulk": [clinician_body(uuid="C3")],
    "POST /dhos/v1/clinician_list": [THEIRS],
}
QUERIES = {
    "GET /dhos/v1/clinician": f"?email={MARK}@mail.example",
    "PATCH /dhos/v1/clinician": f"?email={MARK}@mail.example",
}


@pytest.fixture(autouse=True)
def _two_clinicians() -> Iterator[None]:
    created(uuid=MINE, email_address="ada@mail.example")
    created(
        uuid=THEIRS,
        email_address=f"{MARK}@mail.example",
        job_title=MARK,
        locations=[MARK],
        bookmarks=[MARK],
        bookmarked_patients=[MARK],
        products=[{**SEND, "uuid": "P2"}],
        **TEMPORARY,
    )
    with override_settings(ALLOW_DROP_DATA=True):
        yield


def contract_allows(route: Route, scopes: set[str]) -> bool:
    """Whether a clinician of these scopes may do it to somebody else."""
    text = WHO_MAY_CALL[str(route)]
    text = text.replace("a clinician_id in the token", "clinician")
    text = text.replace("any valid token", "clinician")
    facts = {"or": "or", "and": "and", "clinician": "True"}

    def value(found: re.Match[str]) -> str:
        word = found[0]
        return facts.get(word) or str(word in scopes)

    return bool(eval(WORD.sub(value, text)))


def ask(api: Api, route: Route) -> Any:
    path = route.to(clinician_id=THEIRS, location_id=MARK, patient_id=MARK)
    query = QUERIES.get(str(route), "")
    return api._send(route.method, path + query, BODIES.get(str(route)), {})


@pytest.mark.usefixtures("cheap_hashes")
def test_every_role_does_to_others_what_the_contract_lets_it(
    record_property: Callable[[str, object], None],
) -> None:
    done: Counter[bool] = Counter()
    for names in COMBINATIONS:
        scopes = {scope for name in names for scope in ROLES[name]}
        api = Api(" ".join(sorted(scopes)), clinician_id=MINE)
        allowed = [each for each in GUARDED if contract_allows(each, scopes)]
        with nothing_written():
            for route in GUARDED:
                if route not in allowed:
                    assert_refused(ask(api, route))
        for route in allowed:
            assert ask(api, route).status_code in {200, 201, 204}, (names, str(route))
        done += Counter(route in allowed for route in GUARDED)

    assert json_of(Api().get(f"{PATH}/{THEIRS}"))["bookmarked_patients"] == [MARK]
    calls = f"{done[False]:,} calls refused, nothing read or written"
    record_property("figure", f"{calls}; {done[True]:,} allowed by the table")


def assert_refused(answer: Any) -> None:
    assert (answer.status_code, json_of(answer)["message"]) == (403, "Forbidden")
    assert MARK not in answer.getvalue().decode()


# All that a clinician is given for their own record, and nothing for others'.
OWN_SCOPES = (
    "read:gdm_clinician read:send_clinician read:send_location write:gdm_clinician "
    "write:send_clinician write:gdm_terms_agreement write:send_terms_agreement"
)
OWN = [route for route in GUARDED if re.search(r"\bown\b", WHO_MAY_CALL[str(route)])]
# In full width, in Cyrillic, with something that nobody sees.
LOOKALIKES = [
    *("\uff222", "B\uff12", "\u04122", "B2\u200b", "B2 ", " B2", "B2\t", "b2", "B2B2"),
    *(
        "%42%32",
        "B2/",
        "B2\\",
        "*",
        "%",
        "B_",
        ".",
        "..",
        "None",
        "null",
        "B2,A1",
        "[B2]",
    ),
]


def test_an_id_that_looks_like_anothers_is_not_theirs() -> None:
    with nothing_written():
        for like_theirs, route in itertools.product(LOOKALIKES, OWN):
            assert_refused(ask(Api(OWN_SCOPES, clinician_id=like_theirs), route))


PATHS = [
    *("B2", "%42%32", "%422", "./B2", "B2/", "A1/B2", "A1/../B2", "A1%2F..%2FB2", "b2"),
    *("A1;B2", "A1,B2", "A1%2CB2", "B2%20", "%20B2", "A1%00B2", "A1%0AB2", "a1", "*"),
    *("A1%3Fid=B2", "A1%23B2", "%2542%2532", "B%CC%812", "%25", "A1?uuid=B2"),
    *("A1?clinician_id=B2", "A1?temp_only=true&id=B2", "A1?clinician_id=A1&id=B2"),
]


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"uuid": "B2"})])
def test_no_way_to_write_a_path_leads_to_somebody_else(method: str, body: Any) -> None:
    api = Api(OWN_SCOPES, clinician_id=MINE)
    with nothing_written():
        for path in PATHS:
            answer = api._send(method, f"{PATH}/{path}", body, {})
            assert answer.status_code in {400, 403, 404}, path
            assert MARK not in answer.getvalue().decode()


@pytest.mark.parametrize(
    "body",
    [
        {"uuid": THEIRS, "job_title": "changed"},
        {"clinician_id": THEIRS, "clinician": THEIRS, "pk": THEIRS, "id": THEIRS},
        {"products": [{"uuid": "P2", "closed_date": "2024-02-01"}]},
        {"products": [{"uuid": "P2", "clinician_id": MINE}]},
    ],
)
@pytest.mark.parametrize("end", ["", "/delete"])
def test_no_body_for_oneself_changes_somebody_else(body: Any, end: str) -> None:
    before = json_of(Api().get(f"{PATH}/{THEIRS}"))

    answer = Api(OWN_SCOPES, clinician_id=MINE).patch(f"{PATH}/{MINE}{end}", body)

    assert answer.status_code in {200, 400}
    assert MARK not in answer.getvalue().decode()
    assert json_of(Api().get(f"{PATH}/{THEIRS}")) == before
