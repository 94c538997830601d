"""From a submitted page to the services, by the API's own rules."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from rest_framework import serializers

from clinicians.admin.forms import (
    PRODUCT_FIELDS,
    PRODUCTS,
    ClinicianForm,
    ProductFormSet,
    Refused,
)
from clinicians.models import SCALARS
from clinicians.serializers import CreateSerializer, UpdateSerializer
from clinicians.services.create import create_clinician
from clinicians.services.insertion import as_json
from clinicians.services.members import MEMBERS
from clinicians.services.update import ChangedMeanwhile, edit_clinician
from roles.callers import Caller
from users_service.api.validation import flat_errors
from users_service.exceptions import (
    AccessDenied,
    Conflict,
    InvalidInput,
    ServiceError,
)

Values = dict[str, Any]

EWS_REFUSED = "Only an administrator of staff may grant this."


class Products(NamedTuple):
    """What a page changes about products: as a PATCH has it, and which to remove."""

    given: list[Values]
    places: list[int]
    """The row of the page that each of those given comes from."""

    removed: list[Values]


def create(
    *, actor: Caller, form: ClinicianForm, formset: ProductFormSet, welcome: bool
) -> str:
    """Create a clinician from a page; returns its id. Raises ServiceError."""
    products = products_of(formset)
    given = {
        **_scalars(form, SCALARS),
        **{name: form.cleaned_data[name].added for name in MEMBERS},
        PRODUCTS: products.given,
    }
    fields = _checked(CreateSerializer(data=given), products)
    _check_ews(actor, fields)
    document = create_clinician(actor=actor, fields=fields, send_welcome_email=welcome)
    return str(json.loads(document.json)["uuid"])


def edit(
    *, actor: Caller, clinician_id: str, form: ClinicianForm, formset: ProductFormSet
) -> bool:
    """Store what a page changed; returns whether anything was. Raises ServiceError."""
    products = products_of(formset)
    edits = {name: form.cleaned_data[name] for name in MEMBERS}
    changed = [name for name in SCALARS if name in form.changed_data]
    given = {
        **_scalars(form, changed),
        **{name: each.added for name, each in edits.items() if each.added},
        PRODUCTS: products.given,
    }
    removed = {name: each.removed for name, each in edits.items() if each.removed}
    fields = _checked(UpdateSerializer(data=given), products)
    _check_ews(actor, fields)
    try:
        return edit_clinician(
            actor=actor,
            clinician_id=clinician_id,
            given=fields,
            removed={**removed, PRODUCTS: products.removed},
            shown={name: form.shown(name) for name in changed},
        )
    except ChangedMeanwhile:
        raise
    except InvalidInput as error:
        raise _placed(error.errors, products, error.message) from None


def products_of(formset: ProductFormSet) -> Products:
    """Return what the rows of a page change about products."""
    products = Products([], [], [])
    for place, form in enumerate(formset.forms):
        stored = not form.instance._state.adding
        if form in formset.deleted_forms:
            if stored:
                products.removed.append({"uuid": form.instance.uuid})
        elif form.has_changed():
            products.given.append(_product(form, stored=stored))
            products.places.append(place)
    return products


def refused_by(error: ServiceError) -> Refused:
    """Return where on the page to say what an error says."""
    if isinstance(error, InvalidInput):
        return error.errors or {"": [error.message]}
    if isinstance(error, Conflict):
        return {"email_address": [error.message]}
    if isinstance(error, AccessDenied):
        return {"": [f"This is not allowed: {error.cause}."]}
    return {"": [error.message]}


def _product(form: Any, *, stored: bool) -> Values:
    """Return what changed of a stored product, or what was given of a new one."""
    given = {
        name: as_json(form.cleaned_data[name])
        for name in PRODUCT_FIELDS
        if (name in form.changed_data if stored else form.cleaned_data[name])
    }
    return {"uuid": form.instance.uuid, **given} if stored else given


def _scalars(form: ClinicianForm, names: Any) -> Values:
    return {name: as_json(form.cleaned_data[name]) for name in names}


def _checked(serializer: serializers.Serializer[Any], products: Products) -> Values:
    if not serializer.is_valid():
        raise _placed(flat_errors(serializer.errors), products)
    values: Values = serializer.validated_data
    return values


def _placed(
    errors: Mapping[str, Any], products: Products, message: str | None = None
) -> InvalidInput:
    """Return the errors with products numbered as the rows of the page are."""
    placed = {}
    for path, messages in errors.items():
        field, *rest = path.split(".")
        if field == PRODUCTS and rest and rest[0].isdigit():
            rest[0] = str(products.places[int(rest[0])])
        placed[".".join((field, *rest))] = messages
    return InvalidInput(message, errors=placed)


def _check_ews(actor: Caller, fields: Values) -> None:
    if fields.get("can_edit_ews") and not actor.may_grant_ews:
        raise InvalidInput(errors={"can_edit_ews": [EWS_REFUSED]})
