"""The issuers besides the platform, and keys that cannot be used."""

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from roles.access_checks import check_issuers_are_usable
from roles.issuers import platform_issuer, trusted_issuers
from roles.testing import token_for
from roles.tests.keys import private_key, public_pem
from roles.tokens import read_token
from users_service.exceptions import AccessDenied

SCRIPTS = "dhos-database-scripts"
SCRIPTS_KEY = "the-key-of-the-database-scripts-0123456789-0123456789-0123456789"


def refusal(token: str) -> str:
    with pytest.raises(AccessDenied) as error:
        read_token(token)
    return error.value.cause


class TestDatabaseScripts:
    @pytest.fixture(autouse=True)
    def _custom_domain(self, settings: Settings) -> None:
        settings.AUTH0_CUSTOM_DOMAIN = SCRIPTS
        settings.AUTH0_HS_KEY = SCRIPTS_KEY

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_a_token_for_the_platform_is_believed(self, algorithm: str) -> None:
        token = token_for(
            "a", system_id="S", iss=SCRIPTS, key=SCRIPTS_KEY, algorithm=algorithm
        )

        caller = read_token(token)
        assert caller.system_id == "S"
        assert caller.scopes == {"a"}

    def test_its_own_name_is_not_the_audience(self) -> None:
        token = token_for(iss=SCRIPTS, aud=SCRIPTS, key=SCRIPTS_KEY)

        assert refusal(token) == "token: wrong audience"

    def test_its_name_is_taken_literally(self) -> None:
        token = token_for(iss=f"{SCRIPTS}/", key=SCRIPTS_KEY)

        assert refusal(token) == "token: issuer is not trusted"

    def test_its_key_is_not_the_platforms(self) -> None:
        wrong = "token: signature does not verify"

        assert refusal(token_for(iss=SCRIPTS)) == wrong
        assert refusal(token_for(key=SCRIPTS_KEY)) == wrong

    def test_rsa_is_not_its_algorithm(self) -> None:
        token = token_for(iss=SCRIPTS, key=private_key("a"), algorithm="RS256")

        assert refusal(token) == "token: algorithm is not this issuer's"

    @pytest.mark.parametrize("unset", ["AUTH0_HS_KEY", "PROXY_URL"])
    def test_without_key_or_audience_it_is_not_trusted(
        self, settings: Settings, unset: str
    ) -> None:
        setattr(settings, unset, "")

        token = token_for(iss=SCRIPTS, key=SCRIPTS_KEY)
        assert refusal(token) == "token: issuer is not trusted"


def test_auth0_without_an_audience_is_not_trusted(settings: Settings) -> None:
    settings.AUTH0_DOMAIN = "https://tenant.auth0.example/"
    settings.AUTH0_AUDIENCE = ""

    assert set(trusted_issuers()) == {platform_issuer()}


def private_pem() -> str:
    return (
        private_key("a")
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN PUBLIC KEY-----\nno key\n-----END PUBLIC KEY-----\n",
        private_pem(),
        '{"kty": "oct", "k": "c2VjcmV0"}',
    ],
)
@pytest.mark.parametrize("variable", ["HS_KEY", "HS_KEY_PREVIOUS"])
def test_a_key_that_cannot_be_used_is_named(
    settings: Settings, variable: str, key: str
) -> None:
    setattr(settings, variable, key)

    with pytest.raises(ImproperlyConfigured, match=f"^{variable} cannot be used"):
        trusted_issuers()


def test_the_scripts_key_must_be_a_shared_one(settings: Settings) -> None:
    settings.AUTH0_CUSTOM_DOMAIN = SCRIPTS
    settings.AUTH0_HS_KEY = public_pem("a")

    with pytest.raises(ImproperlyConfigured, match=r"^AUTH0_HS_KEY cannot be used"):
        trusted_issuers()


def test_a_jwks_url_must_be_one_of_the_web(settings: Settings) -> None:
    settings.AUTH0_DOMAIN = "https://tenant.auth0.example/"
    settings.AUTH0_AUDIENCE = "users"
    settings.AUTH0_JWKS_URL = "file:///etc/passwd"

    with pytest.raises(ImproperlyConfigured, match=r"^AUTH0_JWKS_URL cannot be used"):
        trusted_issuers()


def test_two_issuers_of_one_name_are_refused(settings: Settings) -> None:
    settings.AUTH0_CUSTOM_DOMAIN = platform_issuer()
    settings.AUTH0_HS_KEY = SCRIPTS_KEY

    with pytest.raises(ImproperlyConfigured, match="Two trusted issuers"):
        trusted_issuers()


def test_an_unusable_key_is_a_system_check_error(settings: Settings) -> None:
    assert check_issuers_are_usable() == []

    settings.HS_KEY = private_pem()
    assert [error.id for error in check_issuers_are_usable()] == ["roles.E002"]
