"""Logging in, which writes although it is a GET."""

from django.test import Client

from clinicians.testing import Api, clinician_body, forget_the_trail, logged_in
from users_service.journal.audit import keyed_hash
from users_service.tests.deeds.table import (
    ADDRESS,
    PASSWORD,
    PATH,
    Entry,
    by_robot,
    deed,
    legacy_secret,
    sent,
    with_password,
)


@deed("GET /dhos/v1/clinician/login")
def _log_in(_staff: Client, _actor: str) -> list[Entry]:
    with_password()
    sent(logged_in(ADDRESS, PASSWORD))
    return [by_robot("login.succeeded", "ada", {})]


@deed("GET /dhos/v1/clinician/login (wrong password)")
def _fail_to_log_in(_staff: Client, _actor: str) -> list[Entry]:
    with_password()
    assert logged_in(ADDRESS, "wrong").status_code == 403
    return [by_robot("login.failed", "ada", {"reason": "Invalid password"})]


@deed("GET /dhos/v1/clinician/login (inactive)")
def _fail_as_inactive(_staff: Client, _actor: str) -> list[Entry]:
    with_password(login_active=False)
    assert logged_in(ADDRESS, PASSWORD).status_code == 403
    return [by_robot("login.failed", "ada", {"reason": "Account is disabled"})]


@deed("GET /dhos/v1/clinician/login (unknown username)")
def _fail_as_nobody(_staff: Client, _actor: str) -> list[Entry]:
    assert logged_in(" Pass@Word1! ", "x").status_code == 403
    changes = {
        "reason": "Authentication failed, invalid username",
        "username_hash": keyed_hash("pass@word1!"),
    }
    return [by_robot("login.failed", None, changes)]


@deed("GET /dhos/v1/clinician/login (contract ended)")
def _deactivate(_staff: Client, _actor: str) -> list[Entry]:
    with_password(contract_expiry_eod_date="2001-01-01")
    assert logged_in(ADDRESS, PASSWORD).status_code == 403
    return [
        by_robot("clinician.changed", "ada", {"login_active": [True, False]}),
        by_robot("login.failed", "ada", {"reason": "Login expired"}),
    ]


@deed("GET /dhos/v1/clinician/login (legacy hash)")
def _replace_hash(_staff: Client, _actor: str) -> list[Entry]:
    body = clinician_body(uuid="ada", email_address=ADDRESS, **legacy_secret())
    sent(Api().post(f"{PATH}/bulk", [body]))
    forget_the_trail()
    sent(logged_in(ADDRESS, PASSWORD))
    sent(logged_in(ADDRESS, PASSWORD))
    return [
        by_robot("login.succeeded", "ada", {"stored_hash": "replaced"}),
        by_robot("login.succeeded", "ada", {}),
    ]
