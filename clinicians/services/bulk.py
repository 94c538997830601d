"""Moving many clinicians in at once, history and legacy hashes included."""

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction

from clinicians.services import rules
from clinicians.services.conflicts import refusing_duplicates
from clinicians.services.insertion import insert_clinicians
from clinicians.services.products import check_open_once
from roles.callers import Caller
from roles.models import Role
from users_service.database.transactions import write_transaction
from users_service.journal.audit import Fact, record_all

Item = dict[str, Any]


@write_transaction
def create_in_bulk(*, actor: Caller, items: list[Item]) -> int:
    """Store validated clinicians, all or none; returns how many.

    Nothing is announced. Raises Conflict naming index and value for an id or address
    that is in the request twice or in use, InvalidInput for two open products of one
    name, AccessDenied for a system role.
    """
    for index, item in enumerate(items):
        check_open_once(item["products"], where=f"{index}.products")
        rules.check_system_roles(actor, item["groups"])
    add_unrecognised_roles({name for item in items for name in item["groups"]}, actor)
    with refusing_duplicates(items, "create user", numbered=True):
        insert_clinicians(items, actor=actor, action="clinician.imported")
    return len(items)


def add_unrecognised_roles(names: set[str], actor: Caller) -> None:
    """Make a role, marked unrecognised, of every name that is none.

    If another request brings one along at the same time, the names are looked up
    again: what is recorded is what was added here. None of them can be deleted before
    the commit.
    """
    named = Role.objects.filter(name__in=names)
    while missing := sorted(names - named.all().kept_until_commit()):
        with suppress(IntegrityError), transaction.atomic():
            Role.objects.bulk_create(
                (Role(name=name, recognised=False) for name in missing), batch_size=500
            )
            record_all(
                actor=actor,
                action="role.created",
                facts=[
                    Fact(None, {"role": name, "recognised": [None, False]})
                    for name in missing
                ],
            )
