"""Storing that a clinician agreed to terms."""

import json
from collections.abc import Mapping
from typing import Any

from clinicians.forms import DATED_VERSIONS
from clinicians.models import Clinician, TermsAgreement, new_version
from clinicians.services.insertion import as_json, completed, identifiers
from clinicians.services.locking import lock_clinician, row_transaction
from roles.callers import Caller
from users_service.journal.audit import record


@row_transaction
def accept_terms(
    *, actor: Caller, clinician_id: str, agreement: Mapping[str, Any]
) -> str:
    """Store an agreement; returns it as the JSON text of the HTTP contract.

    The clinician's `modified` stays, its version moves: a response shows the
    agreement. Raises NotFound.
    """
    clinician = lock_clinician(clinician_id)
    given = completed(agreement)
    stored = TermsAgreement.objects.create(
        clinician=clinician, **{**given, **identifiers(given, actor)}
    )
    Clinician.objects.filter(pk=clinician.pk).update(version=new_version())
    record(
        actor=actor,
        action="agreement.added",
        clinician_id=clinician.pk,
        changes={"terms_agreements": {"added": [as_json(given)]}},
    )
    return json.dumps(_as_response(stored))


def _as_response(agreement: TermsAgreement) -> dict[str, Any]:
    body = {
        "product_name": agreement.product_name,
        "uuid": agreement.uuid,
        "created": _milliseconds(agreement.created, "Z"),
        "created_by": agreement.created_by,
        "modified": _milliseconds(agreement.modified, "Z"),
        "modified_by": agreement.modified_by,
    }
    for version, moment in DATED_VERSIONS.items():
        if getattr(agreement, version) is not None:
            body[version] = getattr(agreement, version)
            body[moment] = _milliseconds(getattr(agreement, moment), "+00:00")
    return body


def _milliseconds(moment: Any, offset: str) -> str:
    text: str = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + offset
