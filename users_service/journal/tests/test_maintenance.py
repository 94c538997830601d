"""Old entries are deleted and values blanked; each leaves an entry of its own."""

import getpass
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from users_service.journal.audit import Operator, record
from users_service.journal.maintenance import blank_clinician, prune
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

KEEPER = Operator("keeper")
NOW = "2026-03-01T12:00:00Z"
Entry = tuple[str, str | None, Any]


def entry_of(moment: str, clinician_id: str = "A1", **changes: Any) -> None:
    with time_machine.travel(moment, tick=False):
        record(
            actor=Operator("robot"),
            action="clinician.changed",
            clinician_id=clinician_id,
            changes=changes or {"job_title": [None, moment]},
        )


def trail() -> list[Entry]:
    rows = AuditEntry.objects.order_by("created", "id")
    return list(rows.values_list("action", "clinician_id", "changes"))


def moments() -> list[str]:
    """Return when what is left of the clinicians' entries was recorded."""
    return [
        changes["job_title"][1]
        for action, _, changes in trail()
        if action == "clinician.changed"
    ]


def run(command: str, *arguments: str) -> str:
    output = io.StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command(command, *arguments, stdout=output)
    return output.getvalue()


def test_what_is_older_goes_and_leaves_an_entry() -> None:
    for moment in ("2025-01-30T23:59:59Z", "2025-01-31T00:00:00Z", "2025-02-01"):
        entry_of(moment)

    with time_machine.travel(NOW, tick=False):
        removed = prune(actor=KEEPER, before=datetime(2025, 1, 31, tzinfo=UTC))

    assert removed == 1
    assert moments() == ["2025-01-31T00:00:00Z", "2025-02-01"]
    assert trail()[-1] == (
        "audit.pruned",
        None,
        {"older_than": "2025-01-31T00:00:00+00:00", "entries": {"removed": 1}},
    )
    entry = AuditEntry.objects.get(action="audit.pruned")
    assert (entry.actor, entry.actor_kind) == ("keeper", "operator")


def test_each_batch_leaves_its_entry() -> None:
    for day in range(1, 6):
        entry_of(f"2025-01-0{day}")

    before = datetime(2025, 1, 31, tzinfo=UTC)
    assert prune(actor=KEEPER, before=before, batch=2) == 5

    assert [changes["entries"]["removed"] for _, _, changes in trail()] == [2, 2, 1]


def test_an_interrupted_pruning_has_deleted_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for day in (3, 1, 2):
        entry_of(f"2025-01-0{day}")
    prune_a_batch = prune.__globals__["_prune_batch"]
    done: list[int] = []

    def once(**arguments: Any) -> int:
        if done:
            raise KeyboardInterrupt
        done.append(prune_a_batch(**arguments))
        return done[0]

    monkeypatch.setitem(prune.__globals__, "_prune_batch", once)
    with pytest.raises(KeyboardInterrupt):
        prune(actor=KEEPER, before=datetime(2025, 1, 31, tzinfo=UTC), batch=1)

    assert moments() == ["2025-01-02", "2025-01-03"]
    assert trail()[-1][0] == "audit.pruned"


def test_nothing_old_is_no_deed() -> None:
    entry_of("2025-02-01")

    assert prune(actor=KEEPER, before=datetime(2025, 1, 31, tzinfo=UTC)) == 0
    assert len(trail()) == 1


@pytest.mark.parametrize(
    ("age", "left"),
    [("2025-01-31", ["2025-01-31", "2026-02-28"]), ("1d", []), ("2d", ["2026-02-28"])],
)
def test_the_command_takes_a_date_or_an_age(age: str, left: list[str]) -> None:
    for moment in ("2025-01-30", "2025-01-31", "2026-02-28"):
        entry_of(moment)

    told = run("prune_audit", "--older-than", age, "--by", "jane")

    assert moments() == left
    assert told.startswith(f"{3 - len(left)} audit entries older than ")
    assert told.endswith(" deleted.\n")
    assert AuditEntry.objects.get(action="audit.pruned").actor == "jane"


def test_a_rehearsal_counts_and_deletes_nothing() -> None:
    entry_of("2025-01-30")
    before = trail()

    told = run("prune_audit", "--older-than", "2025-01-31", "--dry-run")

    assert told == (
        "1 audit entries older than 2025-01-31 00:00+00:00 would be deleted.\n"
    )
    assert trail() == before


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        ("2026-03-02", "2026-03-02 is still to come"),
        ("yesterday", "yesterday is neither a date"),
        ("2025-02-30", "2025-02-30 is neither a date"),
        ("400", "400 is neither a date"),
        ("-1d", "expected one argument"),
        ("", " is neither a date"),
    ],
)
def test_an_unclear_age_deletes_nothing(age: str, fault: str) -> None:
    entry_of("2025-01-30")

    with pytest.raises(CommandError, match=fault):
        run("prune_audit", "--older-than", age)

    assert len(trail()) == 1


def test_without_an_age_nothing_is_deleted() -> None:
    with pytest.raises(CommandError, match="--older-than"):
        run("prune_audit")


def test_the_values_about_one_clinician_are_blanked() -> None:
    secret = {"last_name": ["Secret", "Hidden"], "locations": {"added": ["Hidden"]}}
    entry_of("2025-01-01", "A1", **secret)
    entry_of("2025-01-02", "A1", products={"removed": [{"uuid": "Hidden"}]})
    entry_of("2025-01-03", "A2", last_name=["Other", "Person"])
    columns = ("id", "created", "actor", "request_id")
    unchanged = list(AuditEntry.objects.order_by("id").values(*columns))

    assert blank_clinician(actor=KEEPER, clinician_id="A1") == 2

    assert trail() == [
        ("clinician.changed", "A1", {"last_name": "blanked", "locations": "blanked"}),
        ("clinician.changed", "A1", {"products": "blanked"}),
        ("clinician.changed", "A2", {"last_name": ["Other", "Person"]}),
        ("audit.blanked", "A1", {"entries": {"blanked": 2}}),
    ]
    kept = AuditEntry.objects.exclude(action="audit.blanked").order_by("id")
    assert list(kept.values(*columns)) == unchanged


def test_the_command_blanks_and_repeating_it_is_no_deed() -> None:
    entry_of("2025-01-01", "A1")

    assert run("blank_audit", "A1") == "Values blanked in 1 audit entries.\n"
    assert run("blank_audit", "A1") == "Values blanked in 0 audit entries.\n"

    assert AuditEntry.objects.get(action="audit.blanked").actor == getpass.getuser()


def test_a_container_whose_user_has_no_name_is_an_unknown_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    entry_of("2025-01-01", "A1")

    run("blank_audit", "A1")

    assert AuditEntry.objects.get(action="audit.blanked").actor == "unknown"


def test_thousands_of_entries_are_blanked() -> None:
    rows = [
        AuditEntry(clinician_id="A1", changes={"n": [None, number]})
        for number in range(1201)
    ]
    AuditEntry.objects.bulk_create(rows)

    assert blank_clinician(actor=KEEPER, clinician_id="A1") == 1201
    about = AuditEntry.objects.exclude(action="audit.blanked")
    assert set(map(str, about.values_list("changes", flat=True))) == {
        "{'n': 'blanked'}"
    }
