"""A clinician's products: opened, changed, closed and removed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.forms.models import model_to_dict
from django.utils import timezone

from clinicians.models import Clinician, Product
from clinicians.services.insertion import as_json, completed, identifiers
from clinicians.services.members import check_size
from roles.callers import Caller
from users_service.api.invisible import trimmed
from users_service.exceptions import InvalidInput

Entry = Mapping[str, Any]

CONTENT = (
    "uuid",
    "product_name",
    "opened_date",
    "closed_date",
    "closed_reason",
    "closed_reason_other",
)
"""What a product says, its history apart."""


def check_open_once(products: Iterable[Entry], where: str = "products") -> None:
    """Refuse two open products of one name."""
    open_names = Counter(
        product["product_name"]
        for product in products
        if product.get("closed_date") is None
    )
    if any(count > 1 for count in open_names.values()):
        message = "Cannot add duplicate open product"
        raise InvalidInput(message, errors={where: [message]})


def change_products(
    clinician: Clinician, entries: Iterable[Entry], *, actor: Caller
) -> dict[str, Any]:
    """Change the products that have a uuid, open the others; return what changed.

    The rows are those of the clinician that the caller has locked. Closings and
    renames count before openings, whatever their order: only the outcome is checked.
    """
    entries = list(entries)
    if not entries:
        return {}
    stored = {product.uuid: product for product in clinician.products.order_by("id")}
    before = {key: _content(product) for key, product in stored.items()}
    opened: list[Product] = []
    for index, entry in enumerate(entries):
        if entry.get("uuid") is None:
            opened.append(_opened(clinician, entry, actor))
        else:
            _change(stored, index, entry)
    changed = [row for row in stored.values() if _content(row) != before[row.uuid]]
    if opened:
        check_size("products", len(stored) + len(opened))
    if changed or opened:
        _check_outcome([*stored.values(), *opened])
        _store(changed, opened, actor)
    return _described([(before[row.uuid], row) for row in changed], opened)


def remove_products(clinician: Clinician, entries: Iterable[Entry]) -> dict[str, Any]:
    """Delete the named products of this clinician; return what changed."""
    doomed = clinician.products.filter(uuid__in=[entry["uuid"] for entry in entries])
    removed = [
        as_json(model_to_dict(product, exclude=["id", "clinician"]))
        for product in doomed.order_by("id")
    ]
    if not removed:
        return {}
    doomed.delete()
    return {"products": {"removed": removed}}


def _change(stored: Mapping[str, Product], index: int, entry: Entry) -> None:
    product = stored.get(entry["uuid"])
    if product is None:
        path = f"products.{index}.uuid"
        raise InvalidInput(errors={path: ["Not a product of this clinician."]})
    for name, value in entry.items():
        if name == "product_name" and value != product.product_name:
            product.product_name = trimmed(value)
        else:
            setattr(product, name, value)


def _opened(clinician: Clinician, entry: Entry, actor: Caller) -> Product:
    given = completed(entry)
    return Product(clinician=clinician, **{**given, **identifiers(given, actor)})


def _check_outcome(products: Iterable[Product]) -> None:
    check_open_once(
        {"product_name": product.product_name, "closed_date": product.closed_date}
        for product in products
    )


def _store(changed: list[Product], opened: list[Product], actor: Caller) -> None:
    """Write the changed products, then the new ones.

    Two open products may swap their names: the changed ones are closed first, or the
    constraint would see one name twice in between.
    """
    ids = [product.pk for product in changed]
    now = timezone.now()
    Product.objects.filter(pk__in=ids).update(closed_date=now.date())
    for product in changed:
        product.modified = now
        product.modified_by = actor.recorded_id
        product.save()
    Product.objects.bulk_create(opened)


def _described(
    changed: Iterable[tuple[Entry, Product]], opened: list[Product]
) -> dict[str, Any]:
    """Return what the audit trail says; a changed product comes with its old content.

    It goes by its old name.
    """
    described: dict[str, Any] = {}
    if differences := [_difference(old, _content(row)) for old, row in changed]:
        described["changed"] = differences
    if opened:
        described["added"] = [as_json(_content(row)) for row in opened]
    return {"products": described} if described else {}


def _difference(old: Entry, new: Entry) -> dict[str, Any]:
    return {
        "uuid": old["uuid"],
        "product_name": old["product_name"],
        "changes": {
            name: [as_json(old[name]), as_json(new[name])]
            for name in CONTENT
            if old[name] != new[name]
        },
    }


def _content(product: Product) -> dict[str, Any]:
    return model_to_dict(product, fields=CONTENT)
