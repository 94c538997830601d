"""Staff take chosen clinicians out of the admin as a CSV file."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinicians.admin.actions import export
from clinicians.models import Clinician
from clinicians.testing import nothing_written, recorded, set_password, settled
from clinicians.tests.pages import staff
from clinicians.transfer.csv_columns import EXPORTED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

LIST = "admin:clinicians_clinician_changelist"
FORM = {"action": "export_csv", "_selected_action": ["ada"]}
YES = {**FORM, "confirmed": "yes"}
EVERYBODY = {**YES, "select_across": "1"}


@pytest.fixture(autouse=True)
def _two() -> None:
    settled(uuid="bo", first_name="=1+1", last_name="Zed", login_active=False)
    settled(uuid="ada", email_address="ada@example.org")


def sent(client: Client, form: dict[str, Any], query: str = "") -> Any:
    return client.post(reverse(LIST) + query, form)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(answer), newline="")))


def test_it_is_confirmed_first(admin_client: Client) -> None:
    with nothing_written():
        page = sent(admin_client, FORM).content.decode()

    assert "<h1>Export 1 clinician</h1>" in page
    assert 'value="Yes, export 1"' in page
    assert "The file holds personal data" in page


@pytest.mark.parametrize("group", ["Support", "Administrators"])
def test_the_file_has_the_columns_of_an_export(group: str) -> None:
    (row,) = rows_of(sent(staff(group), YES))

    assert tuple(row) == EXPORTED
    assert (row["uuid"], row["email_address"]) == ("ada", "ada@example.org")
    assert (row["groups"], row["locations"]) == ("GDM Clinician", "L1")
    assert row["login_active"] == "true"


def test_it_is_a_download_named_for_the_day(admin_client: Client) -> None:
    before = timezone.now().date()
    answer = sent(admin_client, YES)
    assert answer.getvalue()

    days = {before, timezone.now().date()}
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    names = {f'attachment; filename="clinicians-{day}.csv"' for day in days}
    assert answer["Content-Disposition"] in names
    assert answer.streaming


def test_it_is_recorded_before_it_is_read(admin_client: Client) -> None:
    answer = sent(admin_client, EVERYBODY)

    exported = ("clinicians.exported", None, {"clinicians": {"exported": 2}})
    assert recorded() == [exported]
    assert [row["uuid"] for row in rows_of(answer)] == ["ada", "bo"]


def test_a_whole_list_is_what_its_filters_let_through(admin_client: Client) -> None:
    for query in ("?active=no", "?q=zed"):
        rows = rows_of(sent(admin_client, EVERYBODY, query))

        assert [row["uuid"] for row in rows] == ["bo"]


def test_it_has_no_limit(admin_client: Client) -> None:
    Clinician.objects.bulk_create(Clinician(uuid=f"n{n}") for n in range(1_000))
    page = sent(admin_client, {**FORM, "select_across": "1"}).content.decode()
    assert 'value="Yes, export 1,002"' in page

    assert len(rows_of(sent(admin_client, EVERYBODY))) == 1_002


def test_no_cell_is_a_formula(admin_client: Client) -> None:
    (row,) = rows_of(sent(admin_client, {**YES, "_selected_action": ["bo"]}))

    assert row["first_name"] == "'=1+1"


def test_nothing_of_a_password_leaves(admin_client: Client) -> None:
    set_password("ada@example.org", "correct horse")
    stored = Clinician.objects.get(pk="ada").password
    assert stored

    text = text_of(sent(admin_client, YES))

    assert stored not in text
    assert "password" not in text


def test_viewers_take_nothing_out() -> None:
    with nothing_written():
        answer = sent(staff("Viewers"), YES)

    assert "text/csv" not in answer["Content-Type"]


def test_what_fails_on_the_way_is_no_half_file_and_not_recorded(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        yield "uuid\r\n"
        raise RuntimeError("the database is away")

    monkeypatch.setattr(export, "exported", broken)

    with nothing_written(), pytest.raises(RuntimeError):
        sent(admin_client, YES)
