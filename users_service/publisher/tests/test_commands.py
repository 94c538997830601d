"""`manage.py events` and `manage.py publish_events`."""

import signal
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.publisher.store import Room, Store
from users_service.publisher.tests.running import announce_some, publisher_process
from users_service.tests.conftest import LogLines
from users_service.tests.live import database_variables

MANY = 10**9


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("events", *arguments)
    return capsys.readouterr().out


@pytest.mark.django_db
def test_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == "Undelivered: 0\nPublished: 0, failed: 0, retried: 0\n"


@pytest.mark.django_db
def test_backlog_and_failures_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    announce_some(3, clinicians=3)
    store = Store("default")
    first, second, _ = store.read(Room(3, MANY), loaded=set(), resting=set())
    store.mark([first])
    store.count_refused([second])
    text = shown(capsys)
    assert "Undelivered: 2\nThe oldest waits for 0 s\n" in text
    assert "Published: 1, failed: 1, retried: 1\n" in text
    assert f"Refused 1 times: {second.id} dhos.D9000002 of 20" in text


def delivered(number: int) -> list[int]:
    announce_some(number, clinicians=number)
    OutboxMessage.objects.update(delivered=timezone.now())
    return list(OutboxMessage.objects.order_by("id").values_list("id", flat=True))


def waiting() -> list[int]:
    messages = OutboxMessage.objects.undelivered().order_by("id")
    return list(messages.values_list("id", flat=True))


@pytest.mark.django_db
def test_chosen_messages_are_sent_again(capsys: pytest.CaptureFixture[str]) -> None:
    first, _, third = delivered(3)
    text = shown(capsys, "--resend", str(third), str(first), "--by", "jane")
    assert text == "2 messages will be sent again.\n"
    assert waiting() == [first, third]
    entry = AuditEntry.objects.get(action="events.resent")
    assert (entry.actor, entry.changes) == ("jane", {"messages": {"resent": 2}})


@pytest.mark.django_db
@pytest.mark.parametrize("since", ["2026-01-31T09:00", "2026-01-31T10:00+01:00"])
def test_what_was_delivered_since_is_sent_again(
    capsys: pytest.CaptureFixture[str], since: str
) -> None:
    numbers = delivered(3)
    moments = ["2026-01-31T08:59:59Z", "2026-01-31T09:00:00Z", "2026-02-01T00:00:00Z"]
    for number, moment in zip(numbers, moments, strict=True):
        OutboxMessage.objects.filter(id=number).update(delivered=moment)
    shown(capsys, "--resend-since", since)
    assert waiting() == numbers[1:]


@pytest.mark.django_db
def test_it_can_be_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    delivered(2)
    text = shown(capsys, "--resend-since", "2020-01-01", "--dry-run")
    assert text == "2 messages would be sent again.\n"
    assert waiting() == []
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_number_of_no_delivered_message_is_refused() -> None:
    announce_some(1, clinicians=1)
    [number] = waiting()
    with pytest.raises(CommandError, match=f"has the number {number}, {number + 7}"):
        call_command("events", "--resend", str(number), str(number + 7))
    assert not AuditEntry.objects.exists()


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="write for example 2026-01-31T09:00"):
        call_command("events", "--resend-since", "yesterday")


def test_without_a_broker_messages_stay_stored(
    log_lines: LogLines, settings: Settings
) -> None:
    settings.EVENTS_ENABLED = False
    call_command("publish_events")
    assert [line["message"] for line in log_lines()] == [
        "No broker (RABBITMQ_HOST): messages stay stored"
    ]


def started(folder: Path, broker: Settings, *arguments: str) -> "subprocess.Popen[str]":
    """Start a publisher's process; return once it works."""
    process = publisher_process(database_variables(folder), broker, *arguments)
    assert process.stdout is not None
    assert "Publisher started" in process.stdout.readline()
    return process


def last_words(process: "subprocess.Popen[str]") -> str:
    """Wait until the process has ended, well; return what it said last."""
    assert process.stdout is not None
    with process.stdout as output:
        text = output.read()
    assert process.wait(timeout=30) == 0, text
    return text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_peace(
    broker: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    announce_some(5, clinicians=5)
    process = started(tmp_path, broker)
    assert process.stdout is not None
    assert "Publishing to the broker" in process.stdout.readline()
    process.send_signal(number)
    assert "Publisher ended" in last_words(process)


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_the_process_that_started_it(
    broker: Settings, tmp_path: Path
) -> None:
    # As its parent it is told of a process that is not: it has ended already.
    with subprocess.Popen(["true"]) as ended:
        pass
    process = started(tmp_path, broker, "--parent", str(ended.pid))
    assert "Publisher ended" in last_words(process)


@pytest.mark.django_db
def test_failed_messages_are_shown_and_set_aside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    announce_some(3, clinicians=3)
    first, second, _ = OutboxMessage.objects.order_by("id").values_list("pk", flat=True)
    OutboxMessage.objects.filter(pk=first).update(channel_errors=3, error="406 large")

    assert f"Failed: {first} dhos.D9000002 of 2" in shown(capsys)
    text = shown(capsys, "--set-aside", str(first), "--dry-run")
    assert text == "1 messages would be set aside.\n"
    with pytest.raises(CommandError, match=f"No failed message .* number {second}"):
        shown(capsys, "--set-aside", str(first), str(second))
    with pytest.raises(CommandError, match="not both"):
        shown(capsys, "--set-aside", str(first), "--resend", str(first))
    assert len(waiting()) == 3
    text = shown(capsys, "--set-aside", str(first), "--by", "jane")
    assert text == "1 messages are set aside.\n"
    assert len(waiting()) == 2
    assert AuditEntry.objects.get(action="events.set_aside").actor == "jane"
