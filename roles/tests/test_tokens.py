"""The token contract, sentence by sentence, for the platform's own issuer."""

import base64
import json
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from roles.callers import Caller
from roles.testing import token_for
from roles.tests.keys import private_key
from roles.tokens import read_token
from users_service.exceptions import AccessDenied

NOW = 1_800_000_000.5
OTHER_KEY = "another-key-that-is-long-enough-for-each-of-the-hmac-algorithms-64"


def refusal(token: str) -> str:
    with pytest.raises(AccessDenied) as error:
        read_token(token)
    assert error.value.message == "Forbidden"
    return error.value.cause


def encoded(part: Any) -> str:
    text = part if isinstance(part, str) else json.dumps(part)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_good_token_says_who_calls_with_which_scopes(algorithm: str) -> None:
    token = token_for("a b", clinician_id="A1", algorithm=algorithm)

    assert read_token(token) == Caller(
        id="A1", kind="clinician", clinician_id="A1", scopes=frozenset({"a", "b"})
    )


def test_a_token_without_details_and_scopes_is_of_an_unknown_caller() -> None:
    assert read_token(token_for(metadata=..., scope=...)) == Caller()


@pytest.mark.parametrize(
    "proxy_url",
    ["https://dhos.example", "https://dhos.example/", "https://dhos.example//"],
)
def test_the_issuer_is_the_proxy_url_with_exactly_one_slash(
    settings: Settings, proxy_url: str
) -> None:
    settings.PROXY_URL = proxy_url

    good: dict[str, Any] = {
        "iss": "https://dhos.example/",
        "aud": "https://dhos.example/",
    }
    assert read_token(token_for(**good)) == Caller()
    for wrong in ("https://dhos.example", "https://dhos.example//"):
        assert refusal(token_for(**{**good, "iss": wrong})) == (
            "token: issuer is not trusted"
        )
        assert refusal(token_for(**{**good, "aud": wrong})) == "token: wrong audience"


@pytest.mark.parametrize("unset", ["PROXY_URL", "HS_KEY"])
def test_nothing_is_trusted_that_is_not_configured(
    settings: Settings, unset: str
) -> None:
    token = token_for()
    setattr(settings, unset, "")

    assert refusal(token) == "token: issuer is not trusted"


@pytest.mark.parametrize(
    "iss", [..., None, "", "http://elsewhere/", "HTTP://localhost/", 7, ["x"], {}]
)
def test_a_wrong_issuer_is_refused(iss: Any) -> None:
    assert refusal(token_for(iss=iss)) == "token: issuer is not trusted"


@pytest.mark.parametrize("aud", ["http://localhost/", ["x", "http://localhost/"]])
def test_the_audience_is_a_string_or_a_list_that_holds_it(aud: Any) -> None:
    assert read_token(token_for(aud=aud)) == Caller()


@pytest.mark.parametrize("aud", ["x", ["x"], 7, {"http://localhost/": 1}, [["x"]]])
def test_a_wrong_audience_is_refused(aud: Any) -> None:
    assert refusal(token_for(aud=aud)) == "token: wrong audience"


@pytest.mark.parametrize("aud", [..., None])
def test_a_missing_audience_is_refused(aud: Any) -> None:
    assert refusal(token_for(aud=aud)) == "token: exp, iss or aud is missing"


@pytest.mark.parametrize("aud", ["", []])
def test_an_empty_audience_is_refused(aud: Any) -> None:
    assert refusal(token_for(aud=aud)) == "token: exp, iss or aud is missing"


@pytest.mark.parametrize("exp", [..., None])
def test_a_missing_exp_is_refused(exp: Any) -> None:
    assert refusal(token_for(exp=exp)) == "token: exp, iss or aud is missing"


@pytest.mark.parametrize(
    "exp", ["9999999999", True, [9999999999], float("nan"), float("inf"), {}]
)
def test_an_exp_that_is_no_number_is_refused(exp: Any) -> None:
    assert refusal(token_for(exp=exp)) == "token: exp is no number"


@pytest.mark.parametrize("exp", [NOW, NOW - 0.001, NOW - 5, 0, -1, -(10**400)])
def test_an_expired_token_is_refused_without_leeway(exp: float) -> None:
    with time_machine.travel(NOW, tick=False):
        assert refusal(token_for(exp=exp)) == "token: expired"


@pytest.mark.parametrize("exp", [NOW + 0.25, NOW + 1, 9999999999, 10**400])
def test_a_token_lasts_until_its_exp(exp: float) -> None:
    with time_machine.travel(NOW, tick=False):
        assert read_token(token_for(exp=exp)) == Caller()


@pytest.mark.parametrize("nbf", [0, NOW, NOW + 10])
def test_nbf_has_a_leeway_of_ten_seconds(nbf: float) -> None:
    with time_machine.travel(NOW, tick=False):
        assert read_token(token_for(nbf=nbf)) == Caller()
        assert refusal(token_for(nbf=NOW + 10.5)) == "token: not valid yet"


def test_the_leeway_of_nbf_is_a_setting_and_not_that_of_exp(
    settings: Settings,
) -> None:
    settings.JWT_LEEWAY = 60
    with time_machine.travel(NOW, tick=False):
        assert read_token(token_for(nbf=NOW + 60)) == Caller()
        assert refusal(token_for(nbf=NOW + 61)) == "token: not valid yet"
        assert refusal(token_for(exp=NOW - 1)) == "token: expired"


@pytest.mark.parametrize("iat", [0, 1.5, NOW, 9999999998, -5])
def test_iat_need_only_be_a_number(iat: float) -> None:
    assert read_token(token_for(iat=iat)) == Caller()


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("value", [None, "1", True, [], float("nan")])
def test_a_time_that_is_no_number_is_refused(name: str, value: Any) -> None:
    assert refusal(token_for(**{name: value})) == f"token: {name} is no number"


def test_claims_that_the_contract_does_not_name_are_not_looked_at() -> None:
    assert read_token(token_for(sub=7, jti=["x"], azp=None)) == Caller()


def test_a_token_of_another_key_is_refused() -> None:
    assert refusal(token_for(key=OTHER_KEY)) == "token: signature does not verify"


def test_a_changed_token_is_refused() -> None:
    header, _, signature = token_for().split(".")
    payload = encoded(
        {"iss": "http://localhost/", "aud": "http://localhost/", "exp": 9999999999}
    )

    cause = refusal(f"{header}.{payload}.{signature}")
    assert cause == "token: signature does not verify"


def test_an_unsigned_token_is_refused() -> None:
    token = token_for(key="", algorithm="none")

    assert refusal(token) == "token: algorithm is not this issuer's"


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_an_algorithm_of_another_issuer_is_refused(algorithm: str) -> None:
    token = token_for(key=private_key("a"), algorithm=algorithm)

    assert refusal(token) == "token: algorithm is not this issuer's"


@pytest.mark.parametrize("algorithm", ["none", "NONE", "hs256", "", None, 7, ["HS256"]])
def test_an_algorithm_that_does_not_exist_is_refused(algorithm: Any) -> None:
    _, payload, signature = token_for().split(".")
    header = encoded({"typ": "JWT", "alg": algorithm})

    cause = refusal(f"{header}.{payload}.{signature}")
    assert cause == "token: algorithm is not this issuer's"


def test_a_token_that_names_no_algorithm_is_refused() -> None:
    _, payload, signature = token_for().split(".")

    cause = refusal(f"{encoded({'typ': 'JWT'})}.{payload}.{signature}")
    assert cause == "token: algorithm is not this issuer's"


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk"])
@pytest.mark.parametrize("value", ["http://elsewhere/", None, {}])
def test_a_header_that_brings_its_own_key_is_refused(name: str, value: Any) -> None:
    token = token_for(headers={name: value})

    assert refusal(token) == "token: a header that is refused"


def test_a_critical_extension_is_refused() -> None:
    _, payload, signature = token_for().split(".")
    for critical in (["exp"], ["b64"], [], "exp", None):
        header = encoded({"alg": "HS256", "crit": critical, "b64": True})
        assert refusal(f"{header}.{payload}.{signature}") in {
            "token: unreadable",
            "token: a header that is refused",
        }


def test_a_key_id_does_not_matter_where_there_is_one_key() -> None:
    assert read_token(token_for(headers={"kid": "whatever"})) == Caller()


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "x",
        "x.y",
        "x.y.z",
        "..",
        "a b.c.d",
        "\ud800",
        "ÿ.ÿ.ÿ",
        f"{encoded([])}.{encoded({})}.x",
        f"{encoded({'alg': 'HS256'})}.{encoded([])}.",
        f"{encoded({'alg': 'HS256'})}.{encoded('{')}.",
        f"{encoded({'alg': 'HS256', 'kid': 7})}.{encoded({})}.",
        f"{encoded('[' * 100_000)}.{encoded({})}.",
        f"{encoded({'alg': 'HS256'})}.{encoded('[' * 100_000)}.",
        f"{encoded({'alg': 'HS256'})}.{encoded('1' * 5_000)}.",
    ],
)
def test_a_token_that_cannot_be_read_is_refused(token: str) -> None:
    assert refusal(token) == "token: unreadable"


@pytest.mark.parametrize("changed", [" {}", "{} ", "{}.", "Bearer {}", "{}\n"])
def test_all_of_the_text_is_the_token(changed: str) -> None:
    assert refusal(changed.format(token_for())) == "token: unreadable"


def test_details_and_scopes_come_from_the_platforms_claims() -> None:
    token = token_for("a", system_id="robot", permissions="b")

    assert read_token(token) == Caller(
        id="robot", kind="system", system_id="robot", scopes=frozenset({"a"})
    )


def test_a_refusal_names_nothing_of_the_token() -> None:
    faulty = [
        token_for(iss="secret-1"),
        token_for(aud="secret-1"),
        token_for(exp="secret-1"),
        token_for(metadata="secret-1"),
        token_for(metadata={"clinician_id": "secret-1\0"}),
        token_for(headers={"jku": "secret-1"}),
    ]

    assert not [cause for cause in map(refusal, faulty) if "secret" in cause]
