"""How dear a hash may be that an import brings, in figures."""

import pytest
from django.core.exceptions import ValidationError

from clinicians.hashers import is_stored_hash

SALT_AND_DIGEST = "$c29tZXNhbHRzb21lc2FsdA$vK0QpL8a2dH4y9w1uR7mZQ5tXn3bE6sJfCgAiOlUhDk"


def text(memory: int, passes: int) -> str:
    return f"argon2$argon2id$v=19$m={memory},t={passes},p=1{SALT_AND_DIGEST}"


def test_128_mebibytes_and_four_passes_are_the_most() -> None:
    is_stored_hash(text(memory=128 * 1024, passes=4))


@pytest.mark.parametrize(
    ("memory", "passes"), [(128 * 1024 + 1, 1), (8, 5), (128 * 1024 + 1, 5)]
)
def test_a_dearer_hash_is_refused(memory: int, passes: int) -> None:
    with pytest.raises(ValidationError):
        is_stored_hash(text(memory, passes))
