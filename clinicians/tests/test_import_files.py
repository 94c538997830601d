"""What `manage.py import_clinicians` reads from, and what it cannot."""

import gzip
import io
import json
import re
import sys
from pathlib import Path

import pytest
from django.core.management import load_command_class

from clinicians.models import Clinician
from clinicians.testing import nothing_written, recorded
from clinicians.tests.files import (
    import_in_batches_of,
    imported,
    item,
    items,
    ndjson,
    run,
)

pytestmark = pytest.mark.django_db

HEADER = "uuid,first_name,last_name,phone_number,job_title,nhs_smartcard_number,"
CSV = f"{HEADER}locations,groups,products\nc0,A,B,,,,L1;L2,GDM Clinician,GDM\n"


def failed(*arguments: str) -> str:
    """Return the one line of an import that fails without a summary."""
    with nothing_written():
        told = run("import_clinicians", *arguments)
    assert (told.status, told.out) == (1, "")
    [line] = told.err.splitlines()
    return line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "nowhere.json")
    message = f"CommandError: {path}: No such file or directory"
    assert failed(path) == message


def test_a_directory(tmp_path: Path) -> None:
    assert failed(str(tmp_path)) == f"CommandError: {tmp_path}: Is a directory"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    path = f"{ndjson(tmp_path / 'file', [item()])}/more"
    assert failed(path) == f"CommandError: {path}: Not a directory"


def test_a_file_that_cannot_be_read() -> None:
    """Its permissions would not stop root, as whom tests may run."""
    path = "/proc/self/mem"
    if not Path(path).exists():
        pytest.skip("needs /proc")
    assert failed(path) == f"CommandError: {path}: Input/output error"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \t\r\n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty"
    path.write_bytes(content)
    with nothing_written():
        told = run("import_clinicians", str(path))
    assert told.status == 1
    assert told.err == "CommandError: The file is empty. Nothing was stored.\n"


def test_an_empty_array_is_nothing_and_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text("[]\n")
    with nothing_written():
        told = imported(path)
    assert (told.status, told.counts()) == (0, {})


def test_a_report_that_is_there_already_is_kept(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "good", [item()])
    report = tmp_path / "report"
    report.write_text("precious")
    told = failed(str(path), "--report", str(report))
    assert told == f"CommandError: {report}: File exists"
    assert report.read_text() == "precious"


def test_a_report_where_there_is_no_folder(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "good", [item()])
    report = tmp_path / "nowhere" / "report"
    told = failed(str(path), "--report", str(report))
    assert told == f"CommandError: {report}: No such file or directory"


@pytest.mark.parametrize("option", ["--format=xml", "--on-conflict=replace", "--what"])
def test_an_option_that_is_none(tmp_path: Path, option: str) -> None:
    path = ndjson(tmp_path / "good", [item()])
    with nothing_written():
        told = run("import_clinicians", str(path), option)
    assert told.status == 1
    assert "CommandError: Error: " in told.err


def test_a_file_is_needed() -> None:
    told = run("import_clinicians")
    assert told.status == 1
    assert "the following arguments are required: FILE" in told.err


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{json.dumps(each)}\n" for each in items(3)),
        json.dumps(items(3)),
        json.dumps(items(3), indent=1),
        CSV + CSV.splitlines()[1].replace("c0", "c1") + "\nc2,A,B,,,,,,GDM\n",
    ],
    ids=["ndjson", "json on one line", "json", "csv"],
)
def test_every_format_is_recognised_from_a_file_and_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, packed: bool
) -> None:
    content = gzip.compress(text.encode()) if packed else text.encode()
    path = tmp_path / "clinicians"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    assert imported(path, "--dry-run").counts() == {"created": 3}
    assert imported(Path("-")).counts() == {"created": 3}
    assert set(Clinician.objects.values_list("pk", flat=True)) == {"c0", "c1", "c2"}


def test_the_items_of_one_line_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As most programs write an array: a fault is of one item, and not of the line."""
    import_in_batches_of(2, monkeypatch)
    each = items(6)
    each[1]["job_title"] = 1
    each[4]["uuid"] = "c0"
    path = tmp_path / "line.json"
    path.write_text(json.dumps(each))
    with nothing_written():
        refused = imported(path)
    told = imported(path, "--continue-on-error")

    assert refused.counts() == {"refused": 2}
    assert told.counts() == {"created": 4, "refused": 2}
    faults = [(fault["line"], fault["field"]) for fault in told.summary["faults"]]
    assert faults == [(2, "job_title"), (5, "uuid")]
    assert set(Clinician.objects.values_list("pk", flat=True)) == {
        "c0",
        "c2",
        "c3",
        "c5",
    }


def test_a_file_that_ends_too_early_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(items(3), indent=1)[:-2])
    with nothing_written():
        told = imported(path)
    assert told.status == 1
    assert "The array has no end. Nothing was stored." in told.err
    assert told.summary["trouble"] in told.err
    assert told.summary["complete"] is False


def test_reports_tell_lines_fields_and_messages(tmp_path: Path) -> None:
    each = [item("a"), item("b", job_title=1), item("a"), item("c", locations=1)]
    path = ndjson(tmp_path / "file", each)
    report = tmp_path / "report"
    told = imported(path, "--continue-on-error", "--report", str(report))

    assert told.counts() == {"created": 1, "refused": 3}
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert lines == told.summary["faults"]
    assert [(line["line"], line["field"]) for line in lines] == [
        (2, "job_title"),
        (3, "uuid"),
        (3, "email_address"),
        (4, "locations"),
    ]
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_report_with_values_is_mended_and_fed_back(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "file", [item("a"), item("b", job_title=1)])
    report = tmp_path / "report"
    imported(path, "--continue-on-error", "--with-values", *("--report", str(report)))
    mended = report.read_text().replace('"job_title": 1', '"job_title": "nurse"')
    report.write_text(mended)

    assert imported(report).counts() == {"created": 1}
    assert Clinician.objects.get(pk="b").job_title == "nurse"
    assert [entry[:2] for entry in recorded()] == [
        ("clinician.imported", "a"),
        ("clinician.imported", "b"),
    ]


def test_a_report_of_no_faults_is_empty(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "file", [item()])
    report = tmp_path / "report"
    assert imported(path, "--report", str(report)).status == 0
    assert report.read_text() == ""


def test_progress_is_silent_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(ndjson(tmp_path / "file", items(3)))
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    told = imported(ndjson(tmp_path / "file", items(3)))
    assert "3.00/3.00" in terminal.getvalue()
    assert "clinicians/s" in terminal.getvalue()
    assert told.status == 0


def options_of(command: str) -> set[str]:
    parser = load_command_class("clinicians", command).create_parser("", command)
    return {text for each in parser._actions for text in each.option_strings}


@pytest.mark.parametrize("command", ["import_clinicians", "export_clinicians"])
def test_help_names_every_option(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        load_command_class("clinicians", command).run_from_argv(
            ["manage.py", command, "--help"]
        )

    told = capsys.readouterr().out
    assert ended.value.code == 0
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told))
    assert options_of(command) <= named
