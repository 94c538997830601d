"""The looks of the admin: one style sheet of ours, within the content policy."""

import re
from pathlib import Path

import pytest
from django.test import Client

from clinicians.tests.pages import staff

CSS = Path(__file__).parents[1] / "static/users_service/staff.css"
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|data:", re.IGNORECASE
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/clinicians/clinician/", "/admin/roles/role/"]
)
def test_pages_have_our_style_and_name_and_nothing_inline(path: str) -> None:
    page = staff("Viewers").get(path).text
    assert '<link rel="stylesheet" href="/static/users_service/staff.css">' in page
    assert '<a href="/admin/">Clinician user store</a>' in page
    assert INLINE.search(page) is None


@pytest.mark.django_db
def test_the_login_page_is_ours() -> None:
    page = Client().get("/admin/login/").text
    assert "/static/users_service/staff.css" in page
    assert "<h1>Log in</h1>" in page
    assert INLINE.search(page) is None


def test_the_style_is_served_and_loads_nothing() -> None:
    response = Client().get("/static/users_service/staff.css")
    text = response.getvalue().decode()
    assert response.status_code == 200
    assert text == CSS.read_text()
    assert not re.search(r"url\(|@import|//[a-z]", text)


def test_dark_is_the_same_whether_chosen_or_preferred() -> None:
    text = CSS.read_text()
    preferred = re.search(r"dark\) \{\s*:root \{(.*?)\}", text, re.DOTALL)
    chosen = re.search(r'html\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    assert preferred
    assert chosen
    assert preferred[1].split() == chosen[1].split()
