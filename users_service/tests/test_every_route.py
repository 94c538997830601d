"""Every route of the URLconf: who may call it, with which methods, at which path."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from clinicians.testing import created
from roles.access import (
    Alternative,
    Fact,
    Rule,
    a_clinician,
    any_valid_token,
    own_clinician,
    scope,
    system,
)
from roles.scopes import Scope
from roles.testing import bearer, token_for
from roles.tests.keys import private_key
from users_service.routes import Route, routes

pytestmark = pytest.mark.django_db

# The HTTP contract's table, word for word.
WHO_MAY_CALL = {
    "POST /dhos/v1/clinician": "write:gdm_clinician_all or write:send_clinician_all or write:send_clinician_temp",  # noqa: E501
    "GET /dhos/v1/clinician": "read:gdm_clinician_all",
    "PATCH /dhos/v1/clinician": "write:gdm_clinician_all",
    "GET /dhos/v1/clinician/{clinician_id}": "read:gdm_clinician_all or read:send_clinician_all or read:send_clinician_temp or ((read:gdm_clinician or read:send_clinician) and own)",  # noqa: E501
    "PATCH /dhos/v1/clinician/{clinician_id}": "write:gdm_clinician_all or write:send_clinician_all or write:send_clinician_temp or ((write:gdm_clinician or write:send_clinician) and own)",  # noqa: E501
    "PATCH /dhos/v1/clinician/{clinician_id}/delete": "write:gdm_clinician_all or write:send_clinician_all or (write:gdm_clinician and own)",  # noqa: E501
    "POST /dhos/v1/clinician/{clinician_id}/terms_agreement": "(write:gdm_terms_agreement or write:send_terms_agreement) and (own or system)",  # noqa: E501
    "GET /dhos/v1/clinician/login": "read:gdm_clinician_auth_all",
    "GET /dhos/v1/clinicians": "read:gdm_clinician_all or read:gdm_clinician or read:send_clinician_all or read:send_clinician_temp",  # noqa: E501
    "GET /dhos/v2/clinicians": "read:gdm_clinician_all or read:gdm_clinician or read:send_clinician_all or read:send_clinician_temp",  # noqa: E501
    "POST /dhos/v1/clinician_list": "read:gdm_clinician_all or read:gdm_clinician or read:send_clinician_all or read:send_clinician",  # noqa: E501
    "GET /dhos/v1/location/{location_id}/clinician": "read:gdm_clinician_all",
    "POST /dhos/v1/clinician/{clinician_id}/location/{location_id}/bookmark": "read:send_clinician and read:send_location and (own or system)",  # noqa: E501
    "DELETE /dhos/v1/clinician/{clinician_id}/location/{location_id}/bookmark": "read:send_clinician and read:send_location and (own or system)",  # noqa: E501
    "POST /dhos/v1/clinician/{clinician_id}/patient/{patient_id}/bookmark": "write:send_patient and a clinician_id in the token",  # noqa: E501
    "DELETE /dhos/v1/clinician/{clinician_id}/patient/{patient_id}/bookmark": "write:send_patient and a clinician_id in the token",  # noqa: E501
    "POST /dhos/v1/clinician/bulk": "write:clinician_migration",
    "GET /dhos/v1/roles": "any valid token",
    "GET /running": "anyone",
    "GET /version": "anyone",
    "GET /healthcheck": "anyone",
    "GET /metrics": "anyone",
    "GET /openapi.json": "anyone",
    "GET /docs": "anyone",
    "POST /drop_data": "system",
    # Not the contract's, which has no audit trail.
    "GET /dhos/v2/audit": "read:audit_event",
}

ROUTES = routes()
GUARDED = [route for route in ROUTES if route.rule is not None]
OPEN = [route for route in ROUTES if route.rule is None]
PATHS = sorted({route.path for route in ROUTES})
IDS = {"clinician_id": "A1", "location_id": "L1", "patient_id": "P1"}
OTHER_KEY = "another-key-that-is-long-enough-for-each-of-the-hmac-algorithms-64"


def rule_of(text: str) -> Rule | None:
    """Read a line of the contract's table."""
    if text == "anyone":
        return None
    names = {
        "scope": scope,
        "own": own_clinician,
        "system": system,
        "clinician": a_clinician,
        "token": any_valid_token,
    }
    text = text.replace("a clinician_id in the token", "clinician")
    text = text.replace("any valid token", "token")
    text = re.sub(r"\w+:\w+", r'scope("\g<0>")', text)
    rule: Rule = eval(text.replace(" or ", " | ").replace(" and ", " & "), names)
    return rule


def test_the_access_rules_are_the_contracts() -> None:
    mine = {str(route): route.rule for route in ROUTES}

    assert mine == {route: rule_of(text) for route, text in WHO_MAY_CALL.items()}


def ask(route: Route, token: str | None, **ids: str) -> Any:
    """Call a route without a body, with this token."""
    client = Client(raise_request_exception=False)
    headers = bearer(token) if token is not None else {}
    return client.generic(route.method, route.to(**IDS | ids), **headers)


def everything(**claims: Any) -> str:
    """Return a token that may call every route, or would without its fault."""
    return token_for(Scope, clinician_id="A1", system_id="dhos-robot", **claims)


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_without_a_token_it_is_401(route: Route) -> None:
    response = ask(route, None)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["message"] == "Unauthorized"


FAULTS: dict[str, dict[str, Any]] = {
    "wrong key": {"key": OTHER_KEY},
    "wrong issuer": {"iss": "http://elsewhere/"},
    "no issuer": {"iss": ...},
    "wrong audience": {"aud": "http://elsewhere/"},
    "no audience": {"aud": ...},
    "expired": {"exp": 1_000_000_000},
    "no exp": {"exp": ...},
    "not valid yet": {"nbf": 9_999_999_998},
    "alg none": {"algorithm": "none", "key": ""},
    "another issuer's algorithm": {"algorithm": "RS256", "key": private_key("a")},
    "a key of its own": {"headers": {"jku": "http://elsewhere/"}},
    "scopes that are a list": {"scope": [str(each) for each in Scope]},
}


@pytest.mark.parametrize("route", GUARDED, ids=str)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_faulty_token_is_403(route: Route, fault: dict[str, Any]) -> None:
    response = ask(route, everything(**fault))

    assert (response.status_code, response.json()["message"]) == (403, "Forbidden")


@pytest.mark.parametrize("route", GUARDED, ids=str)
@pytest.mark.parametrize("token", ["", "x", "x.y.z", "e30.e30."])
def test_an_unreadable_token_is_403(route: Route, token: str) -> None:
    response = ask(route, token)

    assert (response.status_code, response.json()["message"]) == (403, "Forbidden")


def holding(held: Alternative) -> str:
    """Return a token of exactly these scopes and facts about the clinician A1."""
    own = Fact.OWN in held or Fact.CLINICIAN in held
    return token_for(
        [each for each in held if isinstance(each, Scope)],
        clinician_id="A1" if own else None,
        system_id="dhos-robot" if Fact.SYSTEM in held else None,
    )


def alternatives() -> Iterator[Any]:
    for route in GUARDED:
        rule = rule_of(WHO_MAY_CALL[str(route)])
        assert rule is not None
        for each in sorted(rule.alternatives, key=sorted_text):
            yield pytest.param(route, each, id=f"{route}: {sorted_text(each)}")


def sorted_text(alternative: Alternative) -> str:
    return " and ".join(sorted(each.value for each in alternative))


def lacking() -> Iterator[Any]:
    """Yield every alternative less one of its parts, where no other one is left."""
    for case in alternatives():
        route, alternative = case.values
        rule = rule_of(WHO_MAY_CALL[str(route)])
        assert rule is not None
        for part in sorted(alternative, key=lambda each: str(each.value)):
            rest = alternative - {part}
            if not any(other <= rest for other in rule.alternatives):
                yield pytest.param(route, rest, id=f"{case.id} less {part.value}")


@pytest.mark.parametrize(("route", "held"), list(alternatives()))
@override_settings(ALLOW_DROP_DATA=True)
def test_each_sufficient_alternative_passes(route: Route, held: Alternative) -> None:
    created(uuid="A1")
    response = ask(route, holding(held))

    # Without a body or a parameter that it needs, a route gets no further than 400.
    assert response.status_code in {200, 201, 204, 400}, response.content


@pytest.mark.parametrize(("route", "held"), list(lacking()))
@override_settings(ALLOW_DROP_DATA=True)
def test_each_missing_part_is_403(route: Route, held: Alternative) -> None:
    response = ask(route, holding(held))

    assert (response.status_code, response.json()["message"]) == (403, "Forbidden")


@pytest.mark.parametrize("route", GUARDED, ids=str)
@override_settings(ALLOW_DROP_DATA=True)
def test_all_other_scopes_do_not_help(route: Route) -> None:
    assert route.rule is not None
    asked = frozenset().union(*route.rule.alternatives)
    others = frozenset(Scope) - asked
    expected = 200 if not asked else 403

    assert ask(route, holding(others)).status_code == expected


OWN = [each for each in alternatives() if Fact.OWN in each.values[1]]


@pytest.mark.parametrize(("route", "held"), OWN)
def test_somebody_elses_clinician_is_403(route: Route, held: Alternative) -> None:
    created(uuid="B2")

    assert ask(route, holding(held), clinician_id="B2").status_code == 403


@pytest.mark.parametrize("route", OPEN, ids=str)
@pytest.mark.parametrize("token", [None, "", "x"])
def test_anyone_may_look_at_monitoring(route: Route, token: str | None) -> None:
    assert ask(route, token).status_code == 200


def allowed(path: str) -> set[str]:
    methods = {route.method for route in ROUTES if route.path == path}
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")


@pytest.mark.parametrize("path", PATHS)
def test_any_other_method_is_405_and_says_which_are_not(path: str) -> None:
    for method in set(METHODS) - allowed(path):
        response = Client().generic(method, path.format(**IDS))
        assert response.status_code == 405
        assert set(response["Allow"].split(", ")) == allowed(path)
        if method != "HEAD":
            assert response.json()["status"] == 405


@pytest.mark.parametrize("path", PATHS)
def test_options_is_empty_and_open_to_anyone(path: str) -> None:
    response = Client().options(path.format(**IDS) + "?unknown=1", **bearer("x"))

    assert (response.status_code, response.content) == (200, b"")
    assert set(response["Allow"].split(", ")) == allowed(path)


@pytest.mark.parametrize("path", PATHS)
def test_a_trailing_slash_is_404(path: str) -> None:
    response = Client().get(path.format(**IDS) + "/", **bearer(everything()))

    assert response.status_code == 404
    assert response.json()["message"] == "No such route"


@pytest.mark.parametrize("path", PATHS)
def test_a_doubled_slash_is_404(path: str) -> None:
    real = path.format(**IDS)
    for place in [at for at, letter in enumerate(real) if letter == "/"]:
        environ: dict[str, Any] = {"PATH_INFO": f"{real[:place]}/{real[place:]}"}
        response = Client().get("/", **bearer(everything()), **environ)
        assert response.status_code == 404, environ


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_answer_names_its_request_and_is_not_kept(route: Route) -> None:
    response = ask(route, None)

    assert len(response["X-Request-ID"]) == 36
    assert response["Cache-Control"] == "no-cache, must-revalidate"
