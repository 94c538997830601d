"""How clinicians' passwords are hashed, in Django's hasher framework."""

import hashlib
import hmac
import re
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher
from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string

LEGACY_PREFIX = "polaris_scrypt$"
"""What the stored text of a legacy hash starts with."""

LEGACY_SALT_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LEGACY_SALT_LENGTH = 32

STORED_HASH = re.compile(
    r"polaris_scrypt\$[!-~]{32}\$[0-9a-f]{512}"
    r"|argon2\$argon2id\$v=19\$m=(?P<memory>[1-9][0-9]{0,6}),t=(?P<passes>[1-9]),"
    r"p=[1-4]\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)
"""What a stored hash looks like that a backup may bring back."""

MOST_MEMORY = 131_072
MOST_PASSES = 4
"""A hash that takes more, KiB and passes, would be an attack on every login."""


def is_stored_hash(text: str) -> None:
    """Validate the stored text of a hash; a costlier one than our own is refused."""
    found = STORED_HASH.fullmatch(text)
    costs = found and found["memory"]
    if not found or (
        costs and (int(costs) > MOST_MEMORY or int(found["passes"]) > MOST_PASSES)
    ):
        raise ValidationError("A stored hash of this service is needed.")


class ClinicianArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane.

    Stronger than the legacy hash at about half its time; Django's own parameters take
    100 MiB for every login in flight.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class PolarisScryptPasswordHasher(BasePasswordHasher):
    """The hash of the Polaris Users API: scrypt, 256 bytes, hexadecimal.

    Stored as `polaris_scrypt$<salt>$<512 hex digits>`. Only verified, never chosen for
    a new password, and replaced at the next successful login.
    """

    algorithm = LEGACY_PREFIX.rstrip("$")
    work_factor = 2**14
    block_size = 8
    parallelism = 1
    digest_bytes = 256
    memory_limit = 32 * 1024 * 1024

    def salt(self) -> str:
        """Return a fresh salt of the legacy form."""
        return get_random_string(LEGACY_SALT_LENGTH, LEGACY_SALT_CHARACTERS)

    def encode(self, password: str, salt: str) -> str:
        """Return the stored text for a password and a salt."""
        digest = hashlib.scrypt(
            password.encode(),
            salt=salt.encode("ascii"),
            n=self.work_factor,
            r=self.block_size,
            p=self.parallelism,
            dklen=self.digest_bytes,
            maxmem=self.memory_limit,
        )
        return self.stored(digest.hex(), salt)

    def stored(self, digest: str, salt: str) -> str:
        """Return the stored text for a digest that is known already."""
        return f"{LEGACY_PREFIX}{salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of a stored text."""
        algorithm, rest = encoded.split("$", 1)
        salt, digest = rest.rsplit("$", 1)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether the password is the hashed one, in constant time."""
        again = self.encode(password, self.decode(encoded)["salt"])
        return hmac.compare_digest(again.encode(), encoded.encode())

    def must_update(self, encoded: str) -> bool:
        """Return True: a legacy hash is always replaced."""
        del encoded
        return True

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """Return what staff may see of a stored hash."""
        return {"algorithm": self.decode(encoded)["algorithm"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: `clinicians.passwords` evens out the time of every login."""
