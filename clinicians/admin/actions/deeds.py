"""How the actions on chosen clinicians are put to staff."""

from clinicians.admin.actions.forms import (
    AddRoleForm,
    EndForm,
    MapRoleForm,
    RemoveRoleForm,
)
from users_service.pages.confirming import Deed

MOST = 1_000
"""Clinicians changed at once: each in a transaction of its own, in one request."""

ACTIVATE = Deed(
    name="activate",
    heading="Activate {}",
    explanation="They may log in from now on.",
    button="Yes, activate {}",
    limit=MOST,
)
DEACTIVATE = Deed(
    name="deactivate",
    heading="Deactivate {}",
    explanation="They cannot log in until they are activated again.",
    button="Yes, deactivate {}",
    limit=MOST,
)
UNLOCK = Deed(
    name="unlock",
    heading="Unlock the logins of {}",
    explanation="Their failed logins are forgotten: they may try again at once.",
    button="Yes, unlock {}",
    limit=MOST,
)
END_CONTRACT = Deed(
    name="end_contract",
    heading="End the contracts of {}",
    explanation="They become temporary, or their contract gets another end.",
    button="Yes, end the contracts of {}",
    form=EndForm,
    limit=MOST,
)
ADD_ROLE = Deed(
    name="add_role",
    heading="Add a role to {}",
    explanation="They may do what the role allows from their next login on.",
    button="Yes, add the role to {}",
    form=AddRoleForm,
    limit=MOST,
)
REMOVE_ROLE = Deed(
    name="remove_role",
    heading="Remove a role from {}",
    explanation="They may no longer do what only this role allows, "
    "from their next login on.",
    button="Yes, remove the role from {}",
    form=RemoveRoleForm,
    limit=MOST,
)
MAP_ROLE = Deed(
    name="map_role",
    heading="Replace an unrecognised role of {}",
    explanation="Those who have the unrecognised role, which grants nothing, "
    "get the other one instead. Nobody else is changed.",
    button="Yes, replace the role of {}",
    form=MapRoleForm,
    limit=MOST,
)
EXPORT = Deed(
    name="export_csv",
    heading="Export {}",
    explanation="The file holds personal data, but no passwords. "
    "The audit trail notes that you exported it.",
    button="Yes, export {}",
)
