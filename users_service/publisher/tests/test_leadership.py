"""Of several publishers one leads, and one that has lost the lead sends nothing."""

from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import Error, connection, connections

from users_service.publisher import leadership, loop, states
from users_service.publisher.leadership import candidacy
from users_service.publisher.loop import Publisher
from users_service.publisher.tests.rabbit import Listener, wait_for
from users_service.publisher.tests.running import Deliver, announce_some, nothing_waits
from users_service.tests.conftest import LogLines

pytestmark = pytest.mark.django_db(transaction=True)


def claimed_elsewhere(lock_file: Path) -> bool:
    """Return whether a candidate in another thread gets the lead."""
    results: list[bool] = []

    def claim() -> None:
        with candidacy(lock_file) as other:
            results.append(other.claim())
        connections.close_all()

    thread = Thread(target=claim)
    thread.start()
    thread.join()
    return results[0]


def test_one_leads_at_a_time(tmp_path: Path) -> None:
    lock_file = tmp_path / "lock"
    with candidacy(lock_file) as first:
        assert first.claim()
        first.check()
        assert not claimed_elsewhere(lock_file)
    assert claimed_elsewhere(lock_file)


def test_who_stands_by_says_so_once_and_takes_over(
    listener: Listener,
    tmp_path: Path,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
    deliver: Deliver,
) -> None:
    monkeypatch.setattr(loop, "CLAIM_SECONDS", 0.05)
    leading, over = Event(), Event()

    def lead_for_a_while() -> None:
        with candidacy(tmp_path / "lock") as first:
            assert first.claim()
            leading.set()
            assert over.wait(timeout=30)
        connections.close_all()

    other = Thread(target=lead_for_a_while)
    other.start()
    assert leading.wait(timeout=30)
    announce_some(3, clinicians=1)
    asked = 0

    def let_over() -> bool:
        nonlocal asked
        asked += 1
        if asked == 20:
            assert len(listener) == 0
            over.set()
        return nothing_waits()

    deliver(let_over)
    other.join()
    assert [line["message"] for line in log_lines()] == [
        states.STANDING_BY,
        states.PUBLISHING,
    ]


def leaders() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            " AND datname = current_database()",
            [leadership.APPLICATION],
        )
        return int(cursor.fetchone()[0])


def end_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [leadership.APPLICATION],
        )


@pytest.mark.postgresql
def test_a_lost_connection_is_a_lost_lead_at_once(tmp_path: Path) -> None:
    with candidacy(tmp_path / "lock") as first:
        assert first.claim()
        end_connections()
        wait_for(lambda: leaders() == 0)
        with pytest.raises(Error):
            first.check()
        assert claimed_elsewhere(tmp_path / "lock")


@pytest.mark.postgresql
def test_who_lost_the_lead_sends_nothing_and_stands_again(
    listener: Listener, deliver: Deliver, log_lines: LogLines
) -> None:
    announce_some(1, clinicians=1)
    ended = False

    def lose_it_once() -> bool:
        nonlocal ended
        if not ended and nothing_waits():
            ended = True
            end_connections()
            wait_for(lambda: leaders() == 0)
            announce_some(1, clinicians=1)
        return ended and nothing_waits()

    deliver(lose_it_once)
    assert len(listener) == 2
    assert [(line["severity"], line["message"]) for line in log_lines()] == [
        ("INFO", states.PUBLISHING),
        ("WARNING", states.NO_DATABASE),
        ("INFO", states.PUBLISHING),
    ]


@pytest.mark.postgresql
def test_the_leaders_connection_is_not_of_the_pool() -> None:
    direct = leadership.direct_connection()
    assert "pool" in connection.settings_dict["OPTIONS"]
    assert "pool" not in direct.settings_dict["OPTIONS"]
    with direct.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "30s"
        cursor.execute("SHOW tcp_keepalives_idle")
        assert cursor.fetchone()[0] == "5"
    direct.close()


def test_a_database_that_fails_is_told_and_tried_again(
    log_lines: LogLines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "FIRST_DELAY", 0.01)
    stop = Event()

    def fail(_path: Path) -> None:
        if len(log_lines()) == 1:
            stop.set()
        raise Error("of jane")

    monkeypatch.setattr(loop, "candidacy", fail)
    Publisher(stop, lock_file=tmp_path / "lock").run()
    assert [(line["message"], line["error"]) for line in log_lines()] == [
        (states.NO_DATABASE, "Error")
    ]
    assert "jane" not in str(log_lines())
