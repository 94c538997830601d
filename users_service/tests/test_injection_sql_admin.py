"""SQL in any address and any choice of the admin stays the text that it is."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest

from clinicians.models import Clinician
from clinicians.testing import created, set_password
from clinicians.tests.pages import page_of
from users_service.tests.accounts import account, nothing_changed
from users_service.tests.attacks import SOME_SQL, Page, pages, root
from users_service.tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

PAGES = pages()
OF_ONE = [each for each in PAGES if "<" in each.pattern]
LISTS = [each for each in PAGES if each.name.endswith("_changelist")]
OTHERS = ("q", "o", "p", "all", "e", "_to_field", "_popup", "action", "sort", "order")
ADDRESS = "by.stander@mail.example"
LOOKUPS = sized(quick=["startswith"], soak=["startswith", "gte", "regex", "exact"])
SECRET = {"password", "key", "session_data"}


@pytest.fixture(autouse=True)
def store() -> Iterator[None]:
    """Store a clinician and a member of staff, and check that they stay as they are."""
    created(uuid="bystander", email_address=ADDRESS)
    set_password(ADDRESS, "an invented password")
    account("bo", "Viewers")
    tables = connection.introspection.table_names()
    yield
    assert connection.introspection.table_names() == tables
    assert Clinician.objects.get().email_address == ADDRESS


def of_list(page: Page) -> tuple[type[Model], Any]:
    """Return the model that a list is of, and its part of the admin."""
    for model, part in site._registry.items():
        if page.name == f"{model._meta.app_label}_{model._meta.model_name}_changelist":
            return model, part
    raise LookupError(page.name)


def filters_of(page: Page) -> list[str]:
    """Return what the address of a list may have in it to narrow it down."""
    request = HttpRequest()
    request.user = User(is_superuser=True)
    _, part = of_list(page)
    found = part.get_list_filter(request)
    named = [getattr(each, "parameter_name", None) for each in found]
    plain = [f"{each}__exact" for each in found if isinstance(each, str)]
    return [name for name in named if name] + plain


@pytest.mark.parametrize("page", OF_ONE, ids=str)
def test_as_the_key_of_a_page_it_names_nobody(page: Page) -> None:
    browser = root()
    with nothing_changed():
        for text in SOME_SQL:
            for send in (browser.get, browser.post):
                answer = send(page.to(text))
                assert answer.status_code in (302, 403, 404, 405), text


@pytest.mark.parametrize("page", LISTS, ids=str)
def test_in_the_address_of_a_list_it_finds_nobody_more(page: Page) -> None:
    browser = root()
    names = [*OTHERS, *filters_of(page)]
    with nothing_changed():
        for name in names:
            for text in SOME_SQL:
                answer = browser.get(f"{page.to()}?{urlencode({name: text})}")
                assert answer.status_code in (200, 302, 400), (name, text)
                if name == "q" and len(text) > 1:  # one quote alone is no term
                    assert list(answer.context["cl"].result_list) == [], text


@pytest.mark.parametrize("page", LISTS, ids=str)
def test_as_the_choice_of_an_action_it_chooses_nobody(page: Page) -> None:
    browser = root()
    with nothing_changed():
        for text in SOME_SQL:
            for action in (text, "deactivate", "send_again", "delete_roles"):
                form = {"action": action, "_selected_action": [text], "confirmed": "1"}
                assert browser.post(page.to(), form).status_code in (200, 302), text


def secret_columns(model: type[Model]) -> Iterator[str]:
    """Yield how the secrets of a model are called in an address, and its relations'."""
    for field in model._meta.get_fields():
        if field.name in SECRET:
            yield field.name
        related = field.related_model if field.is_relation else None
        if isinstance(related, type):
            names = {each.name for each in related._meta.get_fields()} & SECRET
            yield from (f"{field.name}__{each}" for each in sorted(names))


COLUMNS = [(page, each) for page in LISTS for each in secret_columns(of_list(page)[0])]


@pytest.mark.parametrize(("page", "column"), COLUMNS, ids=str)
@pytest.mark.parametrize("lookup", LOOKUPS)
def test_no_list_is_narrowed_down_by_a_secret(
    page: Page, column: str, lookup: str
) -> None:
    answer = root().get(f"{page.to()}?{column}__{lookup}=a")

    assert answer.status_code == 400


def test_the_secrets_are_known() -> None:
    found = {(page.name, column) for page, column in COLUMNS}

    assert found >= {
        ("clinicians_clinician_changelist", "password"),
        ("auth_user_changelist", "password"),
        ("auth_user_changelist", "totpdevice__key"),
        ("roles_role_changelist", "clinicians__password"),
    }


def test_the_page_of_a_clinician_takes_it_for_text() -> None:
    browser = root()
    for text in SOME_SQL:
        fields = {"job_title": text, "first_name": text, "groups-new": text}
        answer = browser.post(page_of("bystander"), fields)
        assert answer.status_code in (200, 302), text
