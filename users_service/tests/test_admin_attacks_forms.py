"""Fields that a form of the admin does not offer, sent all the same."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinicians.models import Clinician, Product
from clinicians.testing import Api, created, json_of, set_password
from clinicians.tests.pages import Form, edited, staff
from roles.models import Role
from users_service.tests.accounts import account, nothing_changed, path_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

MOVES = {
    "clinicians.Clinician": {
        *("modified", "modified_by", "version", "first_name"),
        *("search_text", "first_name_key"),
    },
    "auth.User": {"first_name"},
    "roles.Role": {"recognised"},
}
"""What the change itself moves, by model."""

CHANGES: dict[str, dict[str, Any]] = {
    "clinicians.Clinician": {"first_name": "Other"},
    "auth.User": {"first_name": "Other"},
    "roles.Role": {"recognised": None},
}
"""A change of a form's own field, with which others are forged."""


def stored_things() -> dict[str, Model]:
    """Store one of each model that has a page to change it on."""
    created(uuid="ada", email_address="ada@mail.example")
    set_password("ada@mail.example", "an invented password")
    return {
        "clinicians.Clinician": Clinician.objects.get(),
        "auth.User": account("bo", "Viewers"),
        "roles.Role": Role.objects.create(name="Own"),
    }


def values_of(thing: Model) -> dict[str, Any]:
    """Return every column of a row."""
    return dict(type(thing)._default_manager.filter(pk=thing.pk).values().get())


def forged_value(field: Any) -> str:
    """Return what is sent for a field: what would be seen if it were taken."""
    kinds = {"BooleanField": "on", "IntegerField": "99", "DateField": "2001-01-01"}
    kinds |= {"DateTimeField": "2001-01-01T00:00:00Z", "BigIntegerField": "99"}
    return kinds.get(field.get_internal_type(), "forged")


def changeable() -> list[str]:
    """Return the models whose rows somebody may change on a page."""
    request: Any = type("Request", (), {"user": User(is_superuser=True)})
    found = [
        model._meta.label
        for model, part in site._registry.items()
        if part.has_change_permission(request)
    ]
    return sorted(found)


def test_every_page_to_change_something_is_tried() -> None:
    assert changeable() == sorted(CHANGES)


@pytest.mark.parametrize("label", CHANGES)
def test_no_column_is_taken_that_the_form_does_not_offer(label: str) -> None:
    thing = stored_things()[label]
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    name = thing._meta.model_name
    path = f"/admin/{thing._meta.app_label}/{name}/{thing.pk}/change/"
    form = Form(browser, path, f"{name}_form")
    page = browser.get(path).content.decode()
    before = values_of(thing)
    forged = {
        each: forged_value(field)
        for field in thing._meta.concrete_fields
        for each in (field.name, field.attname)
        if f'name="{each}"' not in page  # a box without a tick sends nothing
    }
    assert len(forged) > (1 if label == "roles.Role" else 4)
    assert form.send(**{**forged, **CHANGES[label]}).status_code == 302

    after = values_of(thing)
    moved = {each for each in after if after[each] != before[each]}
    assert moved <= MOVES[label]
    assert moved & set(CHANGES[label])


def test_nobody_elses_product_is_reached_from_a_page() -> None:
    for uuid in ("ada", "grace"):
        created(uuid=uuid, email_address=f"{uuid}@mail.example")
    own, others = (Product.objects.get(clinician=each) for each in ("ada", "grace"))
    browser = staff("Support")
    before = Product.objects.filter(pk=others.pk).values().get()
    for forged in (
        {"products-0-id": str(others.pk)},
        {"products-0-uuid": str(others.uuid)},
        {"products-0-clinician": "grace"},
        {"products-0-id": str(others.pk), "products-0-DELETE": "on"},
        {"products-0-id": "999999", "products-0-DELETE": "on"},
    ):
        changes = {"products-0-closed_date": "2026-01-31", **forged}
        answer = edited(browser, "ada", **changes)
        assert answer.status_code in (200, 302), forged
        assert Product.objects.filter(pk=others.pk).values().get() == before, forged
        assert Product.objects.get(pk=own.pk).clinician_id == "ada"
        assert Product.objects.get(pk=own.pk).uuid == own.uuid

    edited(browser, "ada", **{"products-0-closed_date": "2026-02-01"})
    assert str(Product.objects.get(pk=own.pk).closed_date) == "2026-02-01"


def test_agreements_that_are_shown_cannot_be_sent() -> None:
    created(uuid="ada", email_address="ada@mail.example")
    path = "/dhos/v1/clinician/ada"
    agreement = {"product_name": "GDM", "version": 1}
    assert Api().post(f"{path}/terms_agreement", agreement).status_code == 200
    before = json_of(Api().get(path))["terms_agreement"]
    forged = {
        "terms_agreements-TOTAL_FORMS": "2",
        "terms_agreements-INITIAL_FORMS": "1",
        "terms_agreements-0-version": "99",
        "terms_agreements-0-DELETE": "on",
        "terms_agreements-1-product_name": "SEND",
        "terms_agreements-1-version": "7",
    }
    edited(staff("Support"), "ada", job_title="nurse", **forged)

    after = json_of(Api().get(path))
    assert after["job_title"] == "nurse"
    assert after["terms_agreement"] == before


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_no_rights_are_taken_by_those_who_may_not_give_them(group: str) -> None:
    browser = staff(group)
    own, bo = User.objects.get(), account("bo", "Viewers")
    TOTPDevice.objects.create(user=bo, name="app")
    forged = {
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
        "groups": [str(each.pk) for each in Group.objects.all()],
        "user_permissions": [str(each.pk) for each in Permission.objects.all()],
        "kind": "typed",
        "typed": "an invented pass phrase",
        "totpdevice_set-0-confirmed": "",
        "totpdevice_set-0-DELETE": "on",
        "_save": "Save",
    }
    tools = ("change", "password", "unlock", "second_factor", "delete")
    paths = [path_of(user, tool) for user in (own, bo) for tool in tools]
    with nothing_changed():
        for path in [*paths, "/admin/auth/user/add/", "/admin/auth/user/"]:
            assert browser.post(path, forged).status_code == 403, path


def test_no_device_is_added_or_confirmed_by_a_form() -> None:
    bo = account("bo", "Administrators")
    browser = Client()
    browser.force_login(bo, "django.contrib.auth.backends.ModelBackend")
    forged = {
        "code": "000000",
        "key": "0" * 40,
        "confirmed": "on",
        "device": "1",
        "otp_device_id": "otp_totp.totpdevice/1",
        "otp_token": "000000",
        "user": str(bo.pk),
    }
    paths = ("second-factor/set-up/", "second-factor/", "password_change/", "")
    with nothing_changed():
        for path in paths:
            answer = browser.post(f"/admin/{path}", forged)
            assert answer.status_code in (200, 302, 403, 405), path
    assert not TOTPDevice.objects.exists()


def test_the_action_of_one_list_does_nothing_on_another() -> None:
    created(uuid="ada", email_address="ada@mail.example")
    browser = staff("Support")
    for action in ("delete_selected", "send_again", "delete_roles", "no_such_action"):
        form = {"action": action, "_selected_action": ["ada"], "confirmed": "yes"}
        with nothing_changed():
            answer = browser.post("/admin/clinicians/clinician/", form)
        assert answer.status_code in (200, 302, 403), action
