"""Logging in with a username and a password (HTTP contract; events contract)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Case, Q, When

from clinicians import documents, passwords
from clinicians.documents import Document
from clinicians.forms import Form
from clinicians.hashers import LEGACY_PREFIX
from clinicians.models import Clinician, normalise_email
from clinicians.services import events, lockout
from clinicians.services.locking import lock_clinician, row_transaction, touch
from clinicians.services.lockout import AccountLocked
from roles.callers import Caller
from users_service.database.connections import release_connection
from users_service.database.transactions import write_transaction
from users_service.exceptions import AccessDenied
from users_service.journal.audit import keyed_hash, record
from users_service.local_date import today

UNKNOWN_USER = "Authentication failed, invalid username"
DISABLED = "Account is disabled"
EXPIRED = "Login expired"
LOCKED = "Account is locked"
WRONG_PASSWORD = "Invalid password"


class _Account(NamedTuple):
    """What is read of an account before its password is checked."""

    uuid: str
    login_active: bool
    contract_end: date | None
    password: str | None


@passwords.in_line()
def log_in(*, actor: Caller, username: str, password: str) -> Document:
    """Return the login form of whoever the credentials belong to.

    Raises AccessDenied for every other case, after the same work whatever it was, and
    announces the attempt unless the username or the password is empty. Raises
    Unavailable when too many others log in at the moment.
    """
    account = _find(username)
    legacy_in_use = _legacy_in_use()
    if not username or not password:
        _check_decoy(password, legacy_in_use=legacy_in_use)
        raise AccessDenied("login without username or password")
    reason = _refusal(account)
    if account is None or reason:
        if reason != EXPIRED:  # which has more to store, and takes as long by that
            lockout.pretend()
        _check_decoy(password, legacy_in_use=legacy_in_use)
        _settle_refused(actor, account, username, reason)
    else:
        reason = _try_password(actor, account, password, legacy_in_use=legacy_in_use)
    if account is None or reason:
        raise AccessDenied(f"login: {reason}")
    return documents.existing(Form.LOGIN, account.uuid)


@passwords.in_line()
def refuse_malformed() -> None:
    """Take as long as any other failed login, for one that names nobody."""
    _check_decoy("", legacy_in_use=_legacy_in_use())
    raise AccessDenied("login header is not of the scheme Bearer")


def _find(username: str) -> _Account | None:
    """Return the account of this address, else the one account of this badge number.

    A badge number that reads like an address never stands in the way of the clinician
    who has that address. None where nothing fits, or several have the badge number.
    """
    if not username:
        return None
    address = Q(email_address=normalise_email(username) or username)
    rows = (
        Clinician.objects.filter(address | Q(send_entry_identifier=username))
        .annotate(by_address=Case(When(address, then=True), default=False))
        .order_by("-by_address")
        .values_list(
            "uuid", "login_active", "contract_expiry_eod_date", "password", "by_address"
        )[:2]
    )
    found = list(rows)
    if not found:
        return None
    *_, by_address = found[0]
    return _Account(*found[0][:4]) if by_address or len(found) == 1 else None


def _legacy_in_use() -> bool:
    return Clinician.objects.filter(password__startswith=LEGACY_PREFIX).exists()


def _check_decoy(password: str, *, legacy_in_use: bool) -> None:
    """Take as long as a wrong password takes."""
    release_connection()
    passwords.check(password, None, legacy_in_use=legacy_in_use)


def _try_password(
    actor: Caller, account: _Account, password: str, *, legacy_in_use: bool
) -> str | None:
    """Check the password, unless the account is locked; return why the login fails."""
    try:
        with lockout.attempt(account.uuid):
            release_connection()
            verdict = passwords.check(
                password, account.password, legacy_in_use=legacy_in_use
            )
    except AccountLocked:
        _check_decoy(password, legacy_in_use=legacy_in_use)
        _settle_failed(actor=actor, account=account, reason=LOCKED)
        return LOCKED
    _settle(actor=actor, account=account, verdict=verdict)
    return None if verdict.correct else WRONG_PASSWORD


def _refusal(account: _Account | None) -> str | None:
    """Return why there is no password to check, in the contract's order."""
    if account is None:
        return UNKNOWN_USER
    if not account.login_active:
        return DISABLED
    end = account.contract_end
    if end is not None and end < today():
        return EXPIRED
    return None


def _settle_refused(
    actor: Caller, account: _Account | None, username: str, reason: str | None
) -> None:
    if account is None:
        _settle_unknown(actor=actor, username=username)
    elif reason == EXPIRED:
        _settle_expired(actor=actor, account=account)
    else:
        _settle_failed(actor=actor, account=account, reason=DISABLED)


@write_transaction
def _settle_unknown(*, actor: Caller, username: str) -> None:
    hashed = {"username_hash": keyed_hash(normalise_email(username) or username)}
    _record(actor, None, UNKNOWN_USER, hashed)
    data = {"username": username, "reason": UNKNOWN_USER}
    events.announce_login(data, success=False)


@row_transaction
def _settle_expired(*, actor: Caller, account: _Account) -> None:
    """Make the clinician inactive, unless somebody has already or moved the end."""
    clinician = lock_clinician(account.uuid)
    if clinician.contract_expiry_eod_date is None and not clinician.login_active:
        # Erased meanwhile: what was read of the contract must not be announced.
        _settle_failed(actor=actor, account=account, reason=DISABLED)
        return
    if clinician.login_active and clinician.contract_ended(today()):
        clinician.login_active = False
        touch(clinician, actor=actor, fields=["login_active"])
        record(
            actor=actor,
            action="clinician.changed",
            clinician_id=clinician.pk,
            changes={"login_active": [True, False]},
        )
        events.announce_updated(clinician.pk)
    _record(actor, account.uuid, EXPIRED)
    data = {
        "clinician_id": account.uuid,
        "contract_expiry_eod_date": str(account.contract_end),
        "reason": EXPIRED,
    }
    events.announce_login(data, success=False)


@write_transaction
def _settle_failed(*, actor: Caller, account: _Account, reason: str) -> None:
    _record(actor, account.uuid, reason)
    data = {"clinician_id": account.uuid, "reason": reason}
    events.announce_login(data, success=False)


@write_transaction
def _settle(*, actor: Caller, account: _Account, verdict: passwords.Verdict) -> None:
    """Store how an attempt ended, together with what that means for the lock.

    The guard comes last: whoever else tries this account waits for its row from then
    until the commit.
    """
    if not verdict.correct:
        _settle_failed(actor=actor, account=account, reason=WRONG_PASSWORD)
        lockout.settle(account.uuid, correct=False)
        return
    details = {"stored_hash": "replaced"} if _replace(account, verdict) else {}
    _record(actor, account.uuid, None, details)
    events.announce_login({"clinician_id": account.uuid}, success=True)
    lockout.settle(account.uuid, correct=True)


def _replace(account: _Account, verdict: passwords.Verdict) -> bool:
    """Store a better hash of the password; returns whether there was one to store.

    Only while the hash is still the one that was checked: a password that was changed
    meanwhile stays.
    """
    checked = Clinician.objects.filter(pk=account.uuid, password=account.password)
    if verdict.replacement is None:
        return False
    return checked.update(password=verdict.replacement) > 0


def _record(
    actor: Caller,
    clinician_id: str | None,
    reason: str | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    changes = {**({"reason": reason} if reason else {}), **(details or {})}
    action = "login.failed" if reason else "login.succeeded"
    record(actor=actor, action=action, clinician_id=clinician_id, changes=changes)
