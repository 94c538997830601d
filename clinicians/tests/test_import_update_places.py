"""`--on-conflict update`: products that change keep their rows, or the file's order."""

import pytest

from clinicians.models import Product
from clinicians.tests.files import Update, changed
from clinicians.tests.test_import_update_parts import GDM, STORED, products, update

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine("2030-01-31", tick=False)]

__all__ = ["update"]


def test_products_that_change_keep_their_rows(update: Update) -> None:
    before = dict(Product.objects.values_list("uuid", "id"))
    new = [{**STORED[0], "closed_date": "2020-02-02"}, STORED[1], {"uuid": "P3", **GDM}]
    assert update(changed(products=new)).counts() == {"updated": 1}

    after = dict(Product.objects.values_list("uuid", "id"))
    assert {name: after[name] for name in before} == before
    assert [each["uuid"] for each in products()] == ["P1", "P2", "P3"]
    assert [each.get("closed_date") for each in products()] == [
        "2020-02-02",
        "2020-01-03",
        None,
    ]


def test_changed_products_come_in_the_order_of_the_file(update: Update) -> None:
    new = [{**STORED[1], "closed_reason": "other"}, STORED[0]]
    assert update(changed(products=new)).counts() == {"updated": 1}
    assert [each["uuid"] for each in products()] == ["P2", "P1"]


@pytest.mark.parametrize("order", [1, -1])
def test_product_can_be_opened_by_the_file_that_closes_the_other(
    update: Update, order: int
) -> None:
    """No more than one of a name is open at any moment."""
    both = [{"uuid": "P1", **GDM}, {"uuid": "P4", **GDM, "closed_date": "2020-01-09"}]
    update(changed(products=both[::order]))
    exchanged = [
        {"uuid": "P1", **GDM, "closed_date": "2020-01-09"},
        {"uuid": "P4", **GDM, "closed_date": None},
    ]
    assert update(changed(products=exchanged[::order])).counts() == {"updated": 1}
    assert [each.get("closed_date") for each in products()][::order] == [
        "2020-01-09",
        None,
    ]
