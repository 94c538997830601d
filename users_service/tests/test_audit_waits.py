"""Nobody waits for the entries of somebody else's transaction."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from clinicians.testing import created, forget_the_trail, logged_in, set_password
from roles.callers import Caller
from users_service.journal.audit import keyed_hash, record
from users_service.journal.models import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

ADDRESS = "ada@example.org"
PATIENCE = 30


def fail_to_log_in(username: str) -> int:
    """Log in with a wrong password, on a connection of its own; return the status."""
    try:
        return int(logged_in(username, "wrong").status_code)
    finally:
        connection.close()


@pytest.mark.parametrize("username", [ADDRESS, "nobody"])
def test_a_failed_login_does_not_wait_for_the_entry_of_another(username: str) -> None:
    created(uuid="ada", email_address=ADDRESS)
    set_password(ADDRESS, "correct horse")
    forget_the_trail()

    # Whatever goes wrong inside, the transaction ends before the thread is waited for.
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        record(
            actor=Caller(id="dhos-robot", kind="system"),
            action="login.failed",
            clinician_id=None if username == "nobody" else "ada",
            changes={"username_hash": keyed_hash(username)},
        )
        assert pool.submit(fail_to_log_in, username).result(PATIENCE) == 403

    assert AuditEntry.objects.filter(action="login.failed").count() == 2
