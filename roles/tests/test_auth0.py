"""Tokens of Auth0, whose keys come from a real server over HTTP."""

from typing import Any

import pytest
from pytest_django import Settings

from roles.testing import token_for
from roles.tests.key_server import KeyServer, server_error
from roles.tests.keys import jwk, private_key
from roles.tokens import read_token
from users_service.exceptions import AccessDenied, Unavailable

DOMAIN = "https://tenant.auth0.example/"
DETAILS = "https://gdm.sensynehealth.com/metadata"
SCOPES = "https://gdm.sensynehealth.com/scope"
AN_HOUR = 3600


@pytest.fixture
def auth0(settings: Settings, key_server: KeyServer) -> KeyServer:
    settings.AUTH0_DOMAIN = DOMAIN
    settings.AUTH0_AUDIENCE = "users"
    settings.AUTH0_JWKS_URL = key_server.url
    settings.AUTH0_METADATA = DETAILS
    settings.AUTH0_SCOPE_KEY = SCOPES
    settings.JWKS_COOLDOWN_SECONDS = AN_HOUR
    return key_server


def auth0_token(
    kid: str | None = "one", *, signed_by: str = "one", **claims: Any
) -> str:
    return token_for(
        key=private_key(signed_by),
        algorithm=claims.pop("algorithm", "RS256"),
        headers={} if kid is None else {"kid": kid},
        **{
            "iss": DOMAIN,
            "aud": ["users", f"{DOMAIN}userinfo"],
            "metadata": ...,
            "scope": ...,
            DETAILS: {"clinician_id": "A1"},
            SCOPES: "a b",
            **claims,
        },
    )


def refusal(token: str) -> str:
    with pytest.raises(AccessDenied) as error:
        read_token(token)
    return error.value.cause


class TestAuth0Tokens:
    pytestmark = pytest.mark.usefixtures("auth0")

    def test_details_and_scopes_come_from_auth0s_claims(self) -> None:
        token = auth0_token(metadata={"system_id": "S"}, scope="c")

        caller = read_token(token)
        assert (caller.id, caller.system_id) == ("A1", None)
        assert caller.scopes == {"a", "b"}

    def test_a_key_of_somebody_else_is_refused(self) -> None:
        token = auth0_token(signed_by="two")

        assert refusal(token) == "token: signature does not verify"

    @pytest.mark.parametrize("kid", [None, "unknown", ""])
    def test_a_key_that_auth0_does_not_have_is_refused(self, kid: str | None) -> None:
        assert refusal(auth0_token(kid)) == "token: unknown key id"

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
    def test_only_rs256_is_its_algorithm(self, algorithm: str) -> None:
        token = auth0_token(algorithm=algorithm)

        assert refusal(token) == "token: algorithm is not this issuer's"

    def test_the_platforms_key_is_not_auth0s(self) -> None:
        token = token_for(iss=DOMAIN, aud="users")

        assert refusal(token) == "token: algorithm is not this issuer's"

    def test_auth0s_key_is_not_the_platforms(self) -> None:
        token = auth0_token(iss="http://localhost/", aud="http://localhost/")

        assert refusal(token) == "token: algorithm is not this issuer's"

    @pytest.mark.parametrize("aud", ["http://localhost/", DOMAIN, ["x"]])
    def test_the_audience_is_auth0s_own(self, aud: Any) -> None:
        assert refusal(auth0_token(aud=aud)) == "token: wrong audience"

    def test_an_expired_token_is_refused(self) -> None:
        assert refusal(auth0_token(exp=1)) == "token: expired"


def test_keys_are_fetched_once_and_kept(auth0: KeyServer) -> None:
    for _ in range(3):
        read_token(auth0_token())

    assert auth0.fetches == 1


def test_a_known_token_of_a_withdrawn_key_is_refused(
    auth0: KeyServer, settings: Settings
) -> None:
    settings.JWKS_COOLDOWN_SECONDS = 0
    known = auth0_token()
    read_token(known)
    read_token(known)
    assert auth0.fetches == 1

    auth0.document = {"keys": [jwk("two")]}
    read_token(auth0_token("two", signed_by="two"))

    assert refusal(known) == "token: unknown key id"


def test_tokens_refused_for_other_reasons_fetch_nothing(auth0: KeyServer) -> None:
    for faulty in (token_for(iss=DOMAIN), auth0_token(None), auth0_token(iss="x")):
        refusal(faulty)

    assert auth0.fetches == 0


def test_an_issuer_that_cannot_be_reached_is_no_refusal(auth0: KeyServer) -> None:
    auth0.fault = server_error

    with pytest.raises(Unavailable) as error:
        read_token(auth0_token())

    assert 1 <= error.value.retry_after <= AN_HOUR
