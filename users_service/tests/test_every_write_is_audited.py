"""Every way to change the store leaves the entries that it should, and no others.

The ways are read from the URLconf, the management commands and the admin's registry.
One that is not in the table of `users_service.tests.deeds` fails here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.management import get_commands
from django.http import HttpRequest
from django.test import Client, override_settings

from clinicians.testing import Api, created, nothing_written
from users_service.journal.models import AuditEntry
from users_service.routes import routes
from users_service.tests.deeds import DEEDS, READS, UNAUDITED, Entry, Perform

pytestmark = pytest.mark.django_db

OURS = ("users_service", "users_service.journal", "roles", "clinicians", "bookmarks")
VERBS = ("add", "change", "delete")
DJANGOS_PAGES = ("add", "change", "changelist", "delete", "history", "password_change")


def ways() -> Iterator[str]:
    """Yield every way to reach the store."""
    yield from (str(route) for route in routes() if route.rule is not None)
    yield from (
        f"manage.py {name}" for name, app in get_commands().items() if app in OURS
    )
    yield from ways_of_the_admin()


def ways_of_the_admin() -> Iterator[str]:
    """Yield what a superuser may do in the admin, to models and to their inlines."""
    request = HttpRequest()
    request.user = User(is_superuser=True)
    for model, page in site._registry.items():
        inlines = [(each, [None]) for each in page.get_inline_instances(request)]
        for each, of_none in [(page, []), *inlines]:
            for verb in VERBS:
                if getattr(each, f"has_{verb}_permission")(request, *of_none):
                    yield f"admin: {verb} {each.model._meta.label}"
        for action in page.get_actions(request):
            yield f"admin: {action} {model._meta.label}"
        yield from (f"admin: {name}" for name in pages_of_our_own(page))


def pages_of_our_own(page: Any) -> Iterator[str]:
    """Yield the names of the pages that a part of the admin has beyond Django's."""
    prefix = f"{page.opts.app_label}_{page.opts.model_name}_"
    for pattern in page.get_urls():
        name = getattr(pattern, "name", None) or ""
        if name and name.removeprefix(prefix) not in DJANGOS_PAGES:
            yield name


def recorded() -> list[Entry]:
    columns = ("actor", "actor_kind", "action", "clinician_id", "changes")
    return [
        Entry(*row) for row in AuditEntry.objects.order_by("id").values_list(*columns)
    ]


def test_every_way_is_known() -> None:
    known = {name.partition(" (")[0] for name in DEEDS}

    assert set(ways()) == known | set(READS) | set(UNAUDITED)
    assert len(known) + len(READS) + len(UNAUDITED) == len(set(ways()))


@pytest.mark.parametrize("perform", DEEDS.values(), ids=DEEDS)
@override_settings(ALLOW_DROP_DATA=True)
def test_a_write_leaves_its_entries(
    perform: Perform, admin_client: Client, admin_user: User
) -> None:
    expected = perform(admin_client, f"staff:{admin_user.pk}")

    assert recorded() == expected


@pytest.mark.parametrize("name", READS)
def test_a_read_writes_nothing(name: str) -> None:
    created(uuid="ada", email_address="ada@example.org")
    method, path = name.split()
    query, body = READS[name]
    with nothing_written():
        api = Api()
        ask = api.post if method == "POST" else api.get
        answer = ask(path.format(clinician_id="ada", location_id="L1") + query, *body)

    assert answer.status_code == 200
