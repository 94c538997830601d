"""Staff on a clinician's page."""

from typing import Any

from django.test import Client
from django.urls import reverse

from clinicians.models import Clinician
from clinicians.tests.pages import Form, edited, errors_of
from users_service.tests.deeds.table import (
    Entry,
    ada,
    deed,
    with_failed_login,
)

FORM = "clinician_form"


def page(view: str, *arguments: str) -> str:
    return reverse(f"admin:clinicians_clinician_{view}", args=arguments)


def done(answer: Any) -> None:
    assert answer.status_code == 302, errors_of(answer)


@deed("admin: add clinicians.Clinician")
def _add(staff: Client, actor: str) -> list[Entry]:
    fields = {
        "first_name": "Bo",
        "email_address": "bo@example.org",
        "products-0-product_name": "GDM",
        "products-0-opened_date": "2026-01-31",
    }
    done(Form(staff, page("add"), FORM).send(**fields))
    added = Clinician.objects.get()
    product = {
        "product_name": "GDM",
        "opened_date": "2026-01-31",
        "uuid": added.products.get().uuid,
    }
    changes = {
        "login_active": [None, True],
        "can_edit_ews": [None, False],
        "first_name": [None, "Bo"],
        "last_name": [None, ""],
        "phone_number": [None, ""],
        "job_title": [None, ""],
        "nhs_smartcard_number": [None, ""],
        "email_address": [None, "bo@example.org"],
        "products": {"added": [product]},
    }
    return [Entry(actor, "staff", "clinician.created", added.pk, changes)]


@deed("admin: change clinicians.Clinician")
def _change(staff: Client, actor: str) -> list[Entry]:
    ada()
    changed = {"job_title": "nurse", "groups-new": "GDM Superclinician"}
    done(edited(staff, "ada", **changed))
    changes = {
        "job_title": ["midwife", "nurse"],
        "groups": {"added": ["GDM Superclinician"]},
    }
    return [Entry(actor, "staff", "clinician.changed", "ada", changes)]


@deed("admin: add clinicians.Product")
def _add_product(staff: Client, actor: str) -> list[Entry]:
    ada()
    fields = {
        "products-TOTAL_FORMS": "2",
        "products-1-product_name": "DBM",
        "products-1-opened_date": "2026-01-31",
    }
    done(edited(staff, "ada", **fields))
    added = Clinician.objects.get().products.get(product_name="DBM")
    product = {
        "uuid": added.uuid,
        "product_name": "DBM",
        "opened_date": "2026-01-31",
    }
    changes = {"products": {"added": [product]}}
    return [Entry(actor, "staff", "clinician.changed", "ada", changes)]


@deed("admin: change clinicians.Product")
def _change_product(staff: Client, actor: str) -> list[Entry]:
    ada()
    done(edited(staff, "ada", **{"products-0-closed_date": "2026-01-31"}))
    product = {
        "uuid": Clinician.objects.get().products.get().uuid,
        "product_name": "GDM",
        "changes": {"closed_date": [None, "2026-01-31"]},
    }
    changes = {"products": {"changed": [product]}}
    return [Entry(actor, "staff", "clinician.changed", "ada", changes)]


@deed("admin: delete clinicians.Product")
def _remove_product(staff: Client, actor: str) -> list[Entry]:
    ada()
    product = Clinician.objects.get().products.get()
    removed = {
        "uuid": product.uuid,
        "product_name": "GDM",
        "opened_date": "2024-01-31",
        "created": product.created.isoformat(),
        "created_by": "dhos-robot",
        "modified": product.modified.isoformat(),
        "modified_by": "dhos-robot",
    }
    done(edited(staff, "ada", **{"products-0-DELETE": "on"}))
    changes = {"products": {"removed": [removed]}}
    return [Entry(actor, "staff", "clinician.changed", "ada", changes)]


@deed("admin: clinicians_clinician_password")
def _set_password(staff: Client, actor: str) -> list[Entry]:
    ada()
    answer = staff.post(page("password", "ada"), {"kind": "made"})
    assert answer.status_code == 200
    changes = {"password": "changed"}
    return [Entry(actor, "staff", "password.changed", "ada", changes)]


@deed("admin: clinicians_clinician_unlock")
def _unlock(staff: Client, actor: str) -> list[Entry]:
    with_failed_login()
    done(staff.post(page("unlock", "ada")))
    changes = {"failures": [1, 0]}
    return [Entry(actor, "staff", "clinician.unlocked", "ada", changes)]
