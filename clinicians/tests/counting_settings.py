"""The service's settings, with a hasher that writes down what it verifies.

For a real server, whose processes a test cannot look into: VERIFIED_LOG names a file
that gets the stored text of each verification as a line.
"""

import os

from clinicians.hashers import ClinicianArgon2PasswordHasher
from users_service.settings import *  # noqa: F403


class CountingHasher(ClinicianArgon2PasswordHasher):
    def verify(self, password: str, encoded: str) -> bool:
        with open(os.environ["VERIFIED_LOG"], "a") as log:  # noqa: PTH123
            log.write(f"{encoded}\n")
        return super().verify(password, encoded)


PASSWORD_HASHERS = [
    f"{__name__}.CountingHasher",
    "clinicians.hashers.PolarisScryptPasswordHasher",
]
