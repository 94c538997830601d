"""The matrix: which role grants which permission."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.testing import nothing_written
from clinicians.tests.pages import staff
from roles.models import Permission, Role

pytestmark = pytest.mark.django_db

MATRIX = reverse("admin:roles_role_matrix")


class Table(HTMLParser):
    """The rows of a page's tables, each the texts of its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.scopes: list[str | None] = []
        self.inside = False
        # The menu has tables as well.
        self.feed(page[page.index('<table class="matrix">') :])

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.inside = True
            self.rows[-1].append("")
            if tag == "th":
                self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def few() -> None:
    Role.objects.all().delete()
    Permission.objects.all().delete()
    names = ("write:gdm_csv", "read:send_pdf", "read:gdm_csv", "nudge", "read:gdm_sms")
    csv, pdf, _, nudge, sms = [Permission.objects.create(name=each) for each in names]
    Role.objects.create(name="Big").permissions.set([csv, pdf, nudge])
    Role.objects.create(name="All").permissions.set([sms, pdf])
    Role.objects.create(name="Bare")
    Role.objects.create(name="Hearsay", recognised=False).permissions.set([csv])


def test_each_role_and_permission_in_groups(admin_client: Client) -> None:
    few()

    answer = admin_client.get(MATRIX)

    yes = "✓yes"
    table = Table(answer.text)
    assert table.rows == [
        ["Permission", "All", "Bare", "Big"],
        ["Read: gdm", ""],
        ["read:gdm_csv", "", "", ""],
        ["read:gdm_sms", yes, "", ""],
        ["Read: send", ""],
        ["read:send_pdf", yes, "", yes],
        ["Write: gdm", ""],
        ["write:gdm_csv", "", "", yes],
        ["Other: nudge", ""],
        ["nudge", "", "", yes],
    ]
    columns = ["col"] * 4
    of_groups = ["rowgroup", "row", "row"] + ["rowgroup", "row"] * 3
    assert table.scopes == columns + of_groups
    assert "<h1>Roles and permissions</h1>" in answer.text
    assert (
        '<div class="scroll" tabindex="0" role="region" '
        'aria-label="Permissions of each role">'
    ) in answer.text


@pytest.mark.parametrize(
    ("query", "permissions"),
    [
        ({"verb": "read"}, ["read:gdm_csv", "read:gdm_sms", "read:send_pdf"]),
        ({"area": "gdm"}, ["read:gdm_csv", "read:gdm_sms", "write:gdm_csv"]),
        ({"verb": "read", "area": "gdm"}, ["read:gdm_csv", "read:gdm_sms"]),
        ({"verb": "other"}, ["nudge"]),
    ],
)
def test_it_is_narrowed_down(
    admin_client: Client, query: dict[str, str], permissions: list[str]
) -> None:
    few()

    answer = admin_client.get(MATRIX, query)

    rows = [row[0] for row in Table(answer.text).rows if len(row) == 4]
    assert rows == ["Permission", *permissions]
    assert answer.text.count('aria-current="true"') == 2


def test_a_link_keeps_what_else_was_chosen(admin_client: Client) -> None:
    page = admin_client.get(MATRIX, {"verb": "read", "area": "gdm"}).text

    assert '<a href="?area=gdm">All</a>' in page
    assert '<a href="?area=gdm&amp;verb=write">Write</a>' in page
    assert '<a href="?verb=read&amp;area=send">send</a>' in page
    assert '<a href="?verb=read&amp;area=gdm" aria-current="true">gdm</a>' in page


@pytest.mark.parametrize("query", [{"verb": "x"}, {"area": "x"}, {"area": ""}])
def test_nothing_may_match(admin_client: Client, query: dict[str, str]) -> None:
    answer = admin_client.get(MATRIX, query)

    assert answer.status_code == 200
    assert "No permission matches." in answer.text
    assert '<table class="matrix">' not in answer.text


def test_it_is_read_in_two_statements_of_its_own(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as asked:
        assert admin_client.get(MATRIX).status_code == 200

    assert sum('FROM "roles_' in each["sql"] for each in asked) == 2


@pytest.mark.parametrize("group", ["Viewers", "Support", "Administrators"])
def test_every_group_may_look(group: str) -> None:
    client = staff(group)

    with nothing_written():
        assert client.get(MATRIX).status_code == 200
        assert client.post(MATRIX).status_code == 405


def test_others_may_not() -> None:
    assert staff().get(MATRIX).status_code == 403
    assert Client().get(MATRIX).status_code == 302
