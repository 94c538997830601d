"""RSA keys for tests, made once per process: each takes a tenth of a second."""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """Return the key of that name, the same one every time."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str) -> str:
    """Return the public half as HS_KEY may hold it."""
    return (
        private_key(name)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def jwk(name: str, **members: Any) -> dict[str, Any]:
    """Return the public half as a JWKS document lists it, with kid = name."""
    key = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {**key, "kid": name, "use": "sig", "alg": "RS256"} | members
