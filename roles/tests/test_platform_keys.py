"""What HS_KEY and HS_KEY_PREVIOUS may be."""

import base64
import time

import jwt
import pytest
from pytest_django import Settings

from roles.callers import Caller
from roles.testing import token_for
from roles.tests.keys import private_key, public_pem
from roles.tests.test_tokens import OTHER_KEY, encoded, refusal
from roles.tokens import read_token


class TestWhileTheKeyIsBeingChanged:
    def test_the_previous_key_is_accepted_as_well(self, settings: Settings) -> None:
        settings.HS_KEY_PREVIOUS = OTHER_KEY

        assert read_token(token_for()) == Caller()
        assert read_token(token_for(key=OTHER_KEY)) == Caller()
        third = OTHER_KEY.upper()
        cause = refusal(token_for(key=third))
        assert cause == "token: signature does not verify"

    def test_a_token_of_the_previous_key_is_checked_as_any_other(
        self, settings: Settings
    ) -> None:
        settings.HS_KEY_PREVIOUS = OTHER_KEY

        token = token_for(key=OTHER_KEY, exp=int(time.time()) - 1)
        assert refusal(token) == "token: expired"
        token = token_for(key=OTHER_KEY, aud="x")
        assert refusal(token) == "token: wrong audience"

    def test_the_change_may_be_from_a_shared_to_a_public_key(
        self, settings: Settings
    ) -> None:
        settings.HS_KEY_PREVIOUS = settings.HS_KEY
        settings.HS_KEY = public_pem("a")

        assert read_token(token_for(key=settings.HS_KEY_PREVIOUS)) == Caller()
        token = token_for(key=private_key("a"), algorithm="RS256")
        assert read_token(token) == Caller()


class TestWithAPublicKey:
    @pytest.fixture(autouse=True)
    def _public_key(self, settings: Settings) -> None:
        settings.HS_KEY = public_pem("a")

    @pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
    def test_tokens_are_signed_with_its_private_half(self, algorithm: str) -> None:
        token = token_for("a", key=private_key("a"), algorithm=algorithm)

        assert read_token(token).scopes == {"a"}

    def test_a_token_of_another_private_key_is_refused(self) -> None:
        token = token_for(key=private_key("b"), algorithm="RS256")

        assert refusal(token) == "token: signature does not verify"

    def test_the_public_key_is_no_shared_secret(self) -> None:
        payload = jwt.decode(
            token_for(key=OTHER_KEY), options={"verify_signature": False}
        )
        signing = f"{encoded({'alg': 'HS256'})}.{encoded(payload)}"
        signature = jwt.algorithms.HMACAlgorithm(
            jwt.algorithms.HMACAlgorithm.SHA256
        ).sign(signing.encode(), public_pem("a").encode())
        forged = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()

        cause = refusal(f"{signing}.{forged}")
        assert cause == "token: algorithm is not this issuer's"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_short_key_works(settings: Settings) -> None:
    settings.HS_KEY = "secret"

    assert read_token(token_for()) == Caller()
