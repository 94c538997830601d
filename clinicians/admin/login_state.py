"""Whether a clinician can log in, and what stands in the way."""

from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from clinicians.models import Clinician, LoginGuard, normalise_email
from users_service.journal.models import AuditEntry
from users_service.local_date import today

NO_NAME = "There is neither an e-mail address nor a badge number to log in with."
SHARED_BADGE = "The badge number is somebody else's as well"
BADGE_IS_ADDRESS = "The badge number is somebody else's e-mail address"
ADDRESS_IS_BADGE = (
    "The e-mail address is somebody else's badge number: it logs in this clinician."
)


class LoginState(NamedTuple):
    """What somebody on the telephone wants to know."""

    obstacles: list[str]
    """Why a login with the right password would be refused; none if it would not."""

    remarks: list[str]


def login_state(clinician: Clinician) -> LoginState:
    """Return what is known about the clinician's logins, in sentences."""
    guard = LoginGuard.objects.filter(pk=clinician.pk).first()
    state = LoginState(_of_the_account(clinician), [_last_login(clinician)])
    _add_names(state, clinician)
    if guard is not None:
        _add_failures(state, guard)
    return state


def _of_the_account(clinician: Clinician) -> list[str]:
    found = []
    if not clinician.login_active:
        found.append("The login is not active.")
    end = clinician.contract_expiry_eod_date
    if end is not None and clinician.contract_ended(today()):
        found.append(f"The contract ended on {date_format(end)}.")
    stored = Clinician.objects.filter(pk=clinician.pk, password__isnull=False)
    if not stored.exists():
        found.append("There is no password yet.")
    return found


def _add_names(state: LoginState, clinician: Clinician) -> None:
    """Say it when there is no name to log in with, or one that does not work."""
    address, badge = clinician.email_address, clinician.send_entry_identifier
    if not (address or badge):
        state.obstacles.append(NO_NAME)
        return
    others = Clinician.objects.exclude(pk=clinician.pk)
    names = [name for name in (address, badge) if name]
    badges = others.filter(send_entry_identifier__in=names).order_by()
    numbers = badges.values_list("send_entry_identifier", flat=True)
    badges_in_use = set(numbers.distinct())
    addresses = others.filter(email_address=normalise_email(badge or ""))
    clashes = [SHARED_BADGE] if badge in badges_in_use else []
    if badge and addresses.exists():
        clashes.append(BADGE_IS_ADDRESS)
    for clash in clashes:
        if address:
            state.remarks.append(f"{clash}: only the e-mail address works.")
        else:
            state.obstacles.append(f"{clash}: it does not log in this clinician.")
    if address in badges_in_use:
        state.remarks.append(ADDRESS_IS_BADGE)


def _add_failures(state: LoginState, guard: LoginGuard) -> None:
    if guard.locked_until is not None and guard.is_locked(timezone.now()):
        until = date_format(guard.locked_until, "H:i")
        state.obstacles.append(
            f"Locked until {until} (UTC) after {guard.failures} failed logins."
        )
    elif guard.failures:
        state.remarks.append(f"Failed logins in a row: {guard.failures}.")


def _last_login(clinician: Clinician) -> str:
    logins = AuditEntry.objects.about(clinician.pk).filter(action="login.succeeded")
    last = logins.newest_first().values_list("created", flat=True).first()
    if last is None:
        return "No login is on record."
    return f"Last login: {date_format(last, 'j F Y, H:i')} (UTC)."
