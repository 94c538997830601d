"""Forged tokens, with all three issuers trusted at once."""

import base64
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from roles.testing import FAR_FUTURE, token_for
from roles.tests.key_server import KeyServer
from roles.tests.keys import jwk, private_key, public_pem
from roles.tests.test_tokens import encoded, refusal
from roles.tokens import read_token
from users_service.exceptions import AccessDenied

PLATFORM = "http://localhost/"
AUTH0 = "https://tenant.auth0.example/"
SCRIPTS = "dhos-database-scripts"
SCRIPTS_KEY = "the-key-of-the-database-scripts-0123456789-0123456789-0123456789"
HMAC = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
AN_HOUR = 3600


@pytest.fixture(autouse=True)
def auth0(settings: Settings, key_server: KeyServer) -> KeyServer:
    settings.AUTH0_CUSTOM_DOMAIN = SCRIPTS
    settings.AUTH0_HS_KEY = SCRIPTS_KEY
    settings.AUTH0_DOMAIN = AUTH0
    settings.AUTH0_AUDIENCE = "users"
    settings.AUTH0_JWKS_URL = key_server.url
    settings.JWKS_COOLDOWN_SECONDS = AN_HOUR
    return key_server


def claims(issuer: str) -> dict[str, Any]:
    """Return what makes a token of this issuer good, but for its signature."""
    return {"iss": issuer, "aud": "users" if issuer == AUTH0 else PLATFORM}


def good(issuer: str, **headers: Any) -> str:
    """Return a token that this issuer has signed."""
    signed_by: dict[str, dict[str, Any]] = {
        PLATFORM: {},
        SCRIPTS: {"key": SCRIPTS_KEY},
        AUTH0: {"key": private_key("one"), "algorithm": "RS256"},
    }
    given = {"kid": "one"} | headers
    return token_for("a", headers=given, **signed_by[issuer], **claims(issuer))


ISSUERS = [PLATFORM, SCRIPTS, AUTH0]


def hmac_token(issuer: str, algorithm: str, secret: bytes) -> str:
    """Sign with any secret: libraries refuse to take a public key for one."""
    header = {"typ": "JWT", "alg": algorithm, "kid": "one"}
    payload = claims(issuer) | {"exp": FAR_FUTURE}
    signing = f"{encoded(header)}.{encoded(payload)}"
    signature = hmac.digest(secret, signing.encode(), HMAC[algorithm])
    return f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def believed(token: str) -> bool:
    try:
        read_token(token)
    except AccessDenied:
        return False
    return True


def test_each_issuer_is_believed_by_its_own_key_and_algorithms_alone(
    settings: Settings,
) -> None:
    secrets = {"platform": settings.HS_KEY, "scripts": SCRIPTS_KEY, "empty": ""}
    pairs = {("one", private_key("one")), ("other", private_key("other"))}
    accepted = set()
    for issuer in ISSUERS:
        for algorithm in HMAC:
            for name, secret in secrets.items():
                if believed(hmac_token(issuer, algorithm, secret.encode())):
                    accepted.add((issuer, algorithm, name))
        for algorithm in RSA:
            for name, key in pairs:
                token = token_for(
                    key=key,
                    algorithm=algorithm,
                    headers={"kid": "one"},
                    **claims(issuer),
                )
                if believed(token):
                    accepted.add((issuer, algorithm, name))

    assert accepted == {
        *((PLATFORM, algorithm, "platform") for algorithm in HMAC),
        *((SCRIPTS, algorithm, "scripts") for algorithm in HMAC),
        (AUTH0, "RS256", "one"),
    }


def forms_of_the_public_key() -> dict[str, bytes]:
    """Return what somebody might take for the secret who has the public key."""
    key = private_key("one").public_key()
    pem, der = Encoding.PEM, Encoding.DER
    spki, pkcs1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
    entry = jwk("one")
    return {
        "PEM": key.public_bytes(pem, spki),
        "PEM without its last line break": key.public_bytes(pem, spki).strip(),
        "PEM of PKCS 1": key.public_bytes(pem, pkcs1),
        "DER": key.public_bytes(der, spki),
        "DER of PKCS 1": key.public_bytes(der, pkcs1),
        "the JWK": json.dumps(entry).encode(),
        "the modulus": entry["n"].encode(),
        "the modulus as bytes": base64.urlsafe_b64decode(entry["n"] + "=="),
    }


@pytest.mark.parametrize("form", forms_of_the_public_key())
@pytest.mark.parametrize("algorithm", HMAC)
def test_a_public_key_is_nobodys_secret(
    settings: Settings, form: str, algorithm: str
) -> None:
    secret = forms_of_the_public_key()[form]
    cause = "token: algorithm is not this issuer's"

    assert refusal(hmac_token(AUTH0, algorithm, secret)) == cause
    settings.HS_KEY = public_pem("one")
    assert refusal(hmac_token(PLATFORM, algorithm, secret)) == cause


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_token_is_believed_with_its_whole_signature_alone(issuer: str) -> None:
    token = good(issuer)
    signing, _, text = token.rpartition(".")
    signature = base64.urlsafe_b64decode(text + "==")
    assert believed(token)

    pieces = [signature[:length] for length in range(len(signature))]
    flipped = [
        signature[:at] + bytes([signature[at] ^ 1 << bit]) + signature[at + 1 :]
        for at in range(len(signature))
        for bit in range(8)
    ]
    others = [b"\0" * len(signature), b"\xff" * len(signature), signature * 2]
    for wrong in [*pieces, *flipped, *others, signature + b"\0"]:
        changed = base64.urlsafe_b64encode(wrong).rstrip(b"=").decode()
        assert refusal(f"{signing}.{changed}") == "token: signature does not verify"
    assert not believed(signing)


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 0])
def test_none_is_nobodys_algorithm(issuer: str, algorithm: Any) -> None:
    _, payload, signature = good(issuer).split(".")
    header = encoded({"typ": "JWT", "alg": algorithm, "kid": "one"})

    for kept in ("", signature):
        cause = refusal(f"{header}.{payload}.{kept}")
        assert cause == "token: algorithm is not this issuer's"


def test_a_signature_is_of_this_payload_and_this_header() -> None:
    for issuer in ISSUERS:
        header, payload, signature = good(issuer).split(".")
        more = jwt.decode(good(issuer), options={"verify_signature": False})
        richer = encoded(more | {"scope": "write:gdm_clinician_all"})
        assert not believed(f"{header}.{richer}.{signature}")
        given = jwt.get_unverified_header(good(issuer))
        assert not believed(f"{encoded(given | {'x': 1})}.{payload}.{signature}")


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """Listen where a token says that its key is to be had."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def visitors(trap: socket.socket) -> int:
    """Return how many have connected so far: the system lets them wait in line."""
    number = 0
    while True:
        try:
            trap.accept()[0].close()
        except BlockingIOError:
            return number
        number += 1


OWN_KEYS: dict[str, Callable[[str], Any]] = {
    "jku": lambda url: url,
    "x5u": lambda url: url,
    "jwk": lambda url: jwk("one", x5u=url, jku=url),
    "crit": lambda _: ["exp"],
}
ADDRESSES: dict[str, Callable[[str], Any]] = {
    "kid": lambda url: url,
    "x5c": lambda url: [url],
    "x5t": lambda url: url,
    "url": lambda url: url,
    "zip": lambda _: "DEF",
    "cty": lambda _: "JWT",
}


@pytest.mark.parametrize("issuer", ISSUERS)
def test_no_header_makes_the_service_call_anybody(
    issuer: str, trap: socket.socket, auth0: KeyServer
) -> None:
    url = f"http://127.0.0.1:{trap.getsockname()[1]}/keys"
    for name, value in OWN_KEYS.items():
        cause = refusal(good(issuer, **{name: value(url)}))
        assert cause in {"token: a header that is refused", "token: unreadable"}
    for name, value in ADDRESSES.items():
        token = good(issuer, **{name: value(url)})
        assert believed(token) is (issuer != AUTH0 or name != "kid")
    for stranger in (url, url.replace("127.0.0.1", "localhost")):
        token = token_for(iss=stranger, aud=stranger, headers={"jku": stranger})
        assert refusal(token) == "token: issuer is not trusted"

    assert visitors(trap) == 0
    assert auth0.fetches == (issuer == AUTH0)
    socket.create_connection(trap.getsockname()).close()
    assert visitors(trap) == 1


INJECTED = [
    "../../../../dev/null",
    "/proc/self/environ",
    "file:///etc/passwd",
    "http://127.0.0.1/keys",
    "' OR '1'='1",
    "one' UNION SELECT 'secret' --",
    "one;id",
    "$(id)",
    "one\r\nX-Injected: yes",
    "one\0",
    "${jndi:ldap://127.0.0.1/a}",
    "*",
    "ONE",
    " one",
    "{}",
    "__class__",
    "x" * 5000,
]


def test_a_key_id_is_only_ever_compared(
    auth0: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = auth0.answer

    def noting(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        answer(handler)

    monkeypatch.setattr(auth0, "answer", noting)
    for kid in INJECTED:
        for key in (private_key("one"), private_key("other")):
            token = token_for(
                key=key, algorithm="RS256", headers={"kid": kid}, **claims(AUTH0)
            )
            assert refusal(token) == "token: unknown key id"

    assert asked == ["/jwks.json"]
