"""Guessers and honest users at once, through a server of four processes."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_django
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from clinicians.models import Clinician, LoginGuard
from clinicians.testing import stored
from users_service.tests.live import LiveServer, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

PASSWORD = "Pass@word1!"
LIMIT = 10


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that gets a line for every hash that is verified."""
    path = tmp_path_factory.mktemp("verified") / "log"
    path.touch()
    return path


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    log: Path,
) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        running = LiveServer(
            tmp_path_factory.mktemp("lockout"),
            WEB_CONCURRENCY="4",
            DJANGO_SETTINGS_MODULE="clinicians.tests.counting_settings",
            VERIFIED_LOG=str(log),
        )
    yield running
    running.stop()


def ada() -> str:
    """Store an account; returns the stored text of its password."""
    secret = make_password(PASSWORD)
    stored("ada", send_entry_identifier="ada", password=secret)
    return secret


def statuses(server: LiveServer, password: str, number: int) -> Counter[int]:
    def log_in(_: int) -> int:
        return server.log_in("ada", password).status_code

    return Counter(at_once(log_in, range(number), threads=number))


def test_of_many_guesses_at_once_ten_are_checked(
    server: LiveServer, log: Path, record_property: Callable[[str, object], None]
) -> None:
    secret = ada()
    # The next lock is one of 15 minutes: on no machine does it end during the test.
    LoginGuard.objects.create(clinician_id="ada", failures=4 * LIMIT)
    log.write_text("")

    answers = statuses(server, "wrong", 500)

    # Those who find the line of a process full are sent away, nothing checked.
    assert set(answers) <= {403, 503}
    verified = Counter(log.read_text().splitlines())
    assert verified[secret] == LIMIT
    assert verified.total() == answers[403]
    assert LoginGuard.objects.get().failures == 5 * LIMIT
    assert server.log_in("ada", PASSWORD).status_code == 403
    LoginGuard.objects.update(locked_until=timezone.now())
    assert server.log_in("ada", PASSWORD).status_code == 200
    checked = f"{verified[secret]} of {answers.total()} checked"
    record_property("figure", f"{checked}, the account locked")


def test_all_of_many_right_logins_at_once_get_in(server: LiveServer) -> None:
    ada()
    for _ in range(3):
        assert statuses(server, PASSWORD, 50) == {200: 50}
    guard = LoginGuard.objects.get()
    assert (guard.failures, guard.in_flight, guard.settled) == (0, 0, 150)


def test_one_wrong_guess_among_right_logins_locks_nobody_out(
    server: LiveServer,
) -> None:
    ada()
    passwords = ["wrong" if n % 10 == 0 else PASSWORD for n in range(50)]

    def log_in(password: str) -> int:
        return server.log_in("ada", password).status_code

    assert Counter(at_once(log_in, passwords, threads=50)) == {200: 45, 403: 5}
    assert Clinician.objects.get().login_active
