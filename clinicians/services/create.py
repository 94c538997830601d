"""Creating a clinician."""

import secrets
from typing import Any

from clinicians import documents
from clinicians.documents import Document
from clinicians.forms import Form
from clinicians.models import SEND, Clinician
from clinicians.services import events, rules
from clinicians.services.conflicts import refusing_duplicates
from clinicians.services.insertion import as_json, insert_clinicians
from clinicians.services.products import check_open_once
from roles.callers import Caller
from users_service.database.transactions import write_transaction

BADGE_DIGITS = 9


@write_transaction
def create_clinician(
    *,
    actor: Caller,
    fields: dict[str, Any],
    temp_only: bool = False,
    send_welcome_email: bool = True,
) -> Document:
    """Create a clinician from validated fields, announce it, and return it in full.

    `temp_only` confines the caller to temporary clinicians of SEND. Raises
    InvalidInput, AccessDenied and Conflict, in the order of the HTTP contract.
    """
    item = dict(fields)
    _check(item, actor=actor, temp_only=temp_only)
    _apply_send_rules(item, actor=actor)
    with refusing_duplicates([item], "create user"):
        (clinician_id,) = insert_clinicians(
            [_as_texts(item)], actor=actor, action="clinician.created"
        )
    events.announce_created(clinician_id)
    if send_welcome_email and item.get("email_address"):
        events.announce_welcome(clinician_id, item["email_address"])
    return documents.existing(Form.FULL, clinician_id)


def _as_texts(item: dict[str, Any]) -> dict[str, Any]:
    return {name: as_json(value) for name, value in item.items()}


def _check(item: dict[str, Any], *, actor: Caller, temp_only: bool) -> None:
    rules.check_roles_known(item["groups"])
    check_open_once(item["products"])
    rules.check_system_roles(actor, item["groups"])
    contract_end = item.get("contract_expiry_eod_date")
    if item["can_edit_ews"]:
        rules.check_can_edit_ews(
            actor, groups=item["groups"], temporary=contract_end is not None
        )
    if temp_only:
        rules.check_temp_only_create(
            contract_end=contract_end, product_names=_product_names(item)
        )


def _apply_send_rules(item: dict[str, Any], *, actor: Caller) -> None:
    """Check a permanent clinician of SEND; complete a temporary one."""
    if SEND not in _product_names(item):
        return
    contract_end = item.get("contract_expiry_eod_date")
    badge = item.get("send_entry_identifier")
    rules.check_new_badge(actor, contract_end=contract_end, badge=badge)
    if contract_end is not None:
        item["can_edit_ews"] = False
        item["send_entry_identifier"] = badge or _unused_badge()


def _product_names(item: dict[str, Any]) -> list[str]:
    return [product["product_name"] for product in item["products"]]


def _unused_badge() -> str:
    while True:
        badge = f"@{secrets.randbelow(10**BADGE_DIGITS):0{BADGE_DIGITS}}"
        if not Clinician.objects.filter(send_entry_identifier=badge).exists():
            return badge
