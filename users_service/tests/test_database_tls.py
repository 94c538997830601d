"""PostgreSQL over TLS is libpq's to set: its variables reach our connections."""

from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError

from users_service.publisher.leadership import direct_connection

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

# A server that can do TLS is refused for its certificate, any other for its lack of it.
REFUSED = r"nobody\.pem|SSL was required"


def test_whoever_cannot_prove_to_be_the_database_is_not_talked_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with closing(direct_connection()) as plain:
        plain.ensure_connection()
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "nobody.pem"))

    with pytest.raises(OperationalError, match=REFUSED):
        direct_connection().ensure_connection()
