"""Whatever people and programs store is shown as text, and nothing of it runs."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import CharField
from playwright.sync_api import Browser, expect

from clinicians.models import SCALARS, Clinician
from clinicians.testing import Api, clinician_body, created, logged_in, set_password
from roles.models import Permission, Role
from users_service.tests.browser.browsing import account, browsing
from users_service.tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"
SHORT = "\"'><svg onload=alert(1)>"
RUNS = "main script, main img[src=x], main svg[onload]"
TEXTS = [
    field.name
    for field in Clinician._meta.fields
    if field.name in SCALARS and isinstance(field, CharField)
]


def store_hostile_people() -> None:
    text = dict.fromkeys(TEXTS, HOSTILE) | {"email_address": None}
    product: dict[str, Any] = {
        "product_name": HOSTILE,
        "opened_date": "2024-01-31",
        "closed_reason": HOSTILE,
        "closed_reason_other": HOSTILE,
    }
    agreement = {
        "product_name": HOSTILE,
        "version": 1,
        "accepted_timestamp": "2024-01-31T00:00:00Z",
    }
    member = {
        **text,
        "uuid": SHORT,
        "groups": [HOSTILE],
        "locations": [SHORT],
        "bookmarks": [SHORT],
        "bookmarked_patients": [SHORT],
        "products": [product],
        "terms_agreements": [agreement],
        "created_by": SHORT,
        "modified_by": SHORT,
    }
    sent = Api().post("/dhos/v1/clinician/bulk", [clinician_body(**member)])
    assert sent.status_code == 200
    changes = {"first_name": f"{HOSTILE}2", "locations": [f"{SHORT}2"]}
    path = f"/dhos/v1/clinician/{quote(SHORT)}"
    assert Api(clinician_id=SHORT).patch(path, changes).status_code == 200
    role = Role.objects.create(name=f"{HOSTILE}role")
    role.permissions.add(Permission.objects.create(name=f"read:{HOSTILE}"))
    logged_in(HOSTILE, HOSTILE)


@pytest.mark.usefixtures("cheap_hashes")
def test_hostile_text_is_shown_as_text(browser: Browser, serve: Serve) -> None:
    store_hostile_people()
    created(uuid="ada", email_address="ada@example.com")
    set_password("ada@example.com", "Correct horse 1")
    account("jo", superuser=True)
    with browsing(browser, serve()) as person:
        person.sign_in("jo")
        page = person.page
        for path in (
            "/admin/",
            "/admin/clinicians/clinician/",
            "/admin/clinicians/clinician/?q=%22%3E",
            "/admin/journal/auditentry/",
            "/admin/journal/outboxmessage/",
            "/admin/roles/role/",
            "/admin/roles/role/matrix/",
            "/admin/roles/permission/",
        ):
            person.open(path)
            assert (
                page.locator("main script, main img[src=x], main svg[onload]").count()
                == 0
            )
        person.open("/admin/roles/role/matrix/")
        heading = page.get_by_role("heading", name="Roles and permissions")
        expect(heading).to_be_visible()
        assert f"{HOSTILE}role" in person.text()
        assert f"read:{HOSTILE}" in person.text()
        person.open("/admin/clinicians/clinician/")
        assert HOSTILE in person.text()
        page.get_by_role("link", name="<script>").first.click()
        assert f"{HOSTILE}2" in page.get_by_label("First name").input_value()
        assert HOSTILE in page.locator(".trail").inner_text()
        page.get_by_role("link", name="The whole trail").click()
        assert HOSTILE in person.text()
