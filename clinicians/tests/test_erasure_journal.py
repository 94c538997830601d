"""What the journal holds of an erased person goes; what is about others stays."""

from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from clinicians.models import Clinician
from clinicians.services.erasure import Erased, erase_clinician
from clinicians.testing import (
    Api,
    announced,
    clinician_body,
    created,
    forget_the_trail,
    logged_in,
    recorded,
    settled,
    stored,
)
from roles.models import Role
from users_service.journal.audit import Operator, keyed_hash
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
ADDRESS = "zoë@mail.example"
BADGE = "Badge-7"
UNKNOWN = "Authentication failed, invalid username"


def erase() -> Erased:
    return erase_clinician(actor=Operator("jane"), clinician_id="ada")


def ada(**changes: Any) -> None:
    """Store Ada, as if moved in long ago: the journal has nothing of it."""
    body = {"uuid": "ada", "email_address": ADDRESS, "send_entry_identifier": BADGE}
    bulk(**body | changes)
    forget_the_trail()


def bulk(**changes: Any) -> None:
    answer = Api().post(f"{PATH}/bulk", [clinician_body(**changes)])
    assert answer.status_code == 200, answer.content


def patch(who: str, **changes: Any) -> None:
    assert Api().patch(f"{PATH}/{who}", changes).status_code == 200


def fail_to_log_in(*usernames: str) -> None:
    for username in usernames:
        assert logged_in(username, "wrong").status_code == 403


def usernames() -> list[str]:
    """Return those in the stored messages of failed logins."""
    data = [body.get("event_data", {}) for _, body in announced()]
    return [each["username"] for each in data if "username" in each]


def rows_of(who: str) -> list[Any]:
    """Return the rows of the store and the journal that carry a clinician's id."""
    rows: list[Any] = list(Clinician.objects.filter(pk=who).values())
    for label in ("clinicians", "bookmarks", "journal"):
        for model in apps.get_app_config(label).get_models():
            columns = {field.attname for field in model._meta.concrete_fields}
            if "clinician_id" in columns:
                found = model._base_manager.filter(clinician_id=who)
                rows += found.order_by("pk").values()
    return rows


@pytest.mark.parametrize("delivered", [False, True])
def test_messages_about_the_clinician_go(delivered: bool) -> None:
    created(uuid="ada", email_address="ada@mail.example")
    patch("ada", job_title="nurse")
    fail_to_log_in("ada@mail.example")
    if delivered:
        OutboxMessage.objects.update(delivered=timezone.now())
    before = set(OutboxMessage.objects.values_list("pk", flat=True))

    assert erase().messages == len(before) == 4

    assert not OutboxMessage.objects.filter(pk__in=before).exists()


@pytest.mark.parametrize(
    "username",
    [BADGE.lower(), f" {BADGE}", "ADA", "invented", "0700 000000"],
)
def test_a_failed_login_by_something_of_the_person_goes(username: str) -> None:
    ada()
    fail_to_log_in(username)
    assert usernames() == [username]

    assert (erase().messages, usernames()) == (1, [])


@pytest.mark.parametrize("username", ["ZOË@Mail.Example", " zoë@mail.example\t"])
def test_a_failed_login_by_a_former_address_goes(username: str) -> None:
    ada()
    patch("ada", email_address=None)
    fail_to_log_in(username)
    assert usernames() == [username]

    erase()

    assert usernames() == []


def test_failed_logins_by_anything_else_stay() -> None:
    ada()
    others = [f"x{ADDRESS}", f"{BADGE}1", "adam", "ada invented", "%", "blanked"]
    fail_to_log_in(*others)

    assert (erase().messages, usernames()) == (0, others)


def test_what_was_blanked_before_is_no_name_of_the_person() -> None:
    settled(uuid="ada")
    patch("ada", job_title="nurse")
    erase()
    patch("ada", job_title="nurse")
    fail_to_log_in("blanked")

    erase()

    assert usernames() == ["blanked"]


def test_many_messages_go() -> None:
    ada()
    fail_to_log_in(BADGE.lower())
    (message,) = OutboxMessage.objects.all()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(routing_key=message.routing_key, body=message.body)
        for _ in range(1200)
    )

    assert (erase().messages, usernames()) == (1201, [])


def test_a_badge_of_two_is_the_persons_as_well() -> None:
    ada()
    bulk(uuid="bea", send_entry_identifier=BADGE)
    fail_to_log_in(BADGE)

    assert (erase().messages, usernames()) == (1, [])


def test_what_resembles_it_stays_with_somebody_else() -> None:
    ada(email_address="ada@mail.example")
    created(
        uuid="bea",
        email_address="bea@mail.example",
        send_entry_identifier=BADGE,
        bookmarks=["B1"],
        bookmarked_patients=["P1"],
    )
    stored("adam", first_name="Ada", email_address="ada@mail.example2")
    patch("bea", email_address="xada@mail.example", login_active=False)
    patch("bea", login_active=True)
    fail_to_log_in("xada@mail.example", "ada@mail.example2")
    before = [rows_of("bea"), rows_of("adam")]

    erase()

    assert [rows_of("bea"), rows_of("adam")] == before
    failed = [body for _, body in announced() if "Login Failure" in str(body)]
    assert [each["event_data"]["clinician_id"] for each in failed] == ["bea", "adam"]


def test_an_id_within_another_id_is_not_meant() -> None:
    ada()
    bulk(uuid="a_a", send_entry_identifier="a_a")
    bulk(uuid="ADA", send_entry_identifier="ADA-1")
    fail_to_log_in("a_a", "ADA-1")

    assert erase().messages == 0


def test_the_hash_of_a_username_is_blanked() -> None:
    ada()
    fail_to_log_in(BADGE.lower(), "nobody")

    assert erase().audit_entries == 1

    assert recorded()[:2] == [
        ("login.failed", None, {"reason": UNKNOWN, "username_hash": "blanked"}),
        (
            "login.failed",
            None,
            {"reason": UNKNOWN, "username_hash": keyed_hash("nobody")},
        ),
    ]


def test_an_unknown_role_that_nobody_else_has_goes() -> None:
    bulk(uuid="ada", groups=["Ward of Ada"])

    erased = erase()

    assert (erased.unrecognised_roles, erased.audit_entries) == (1, 2)
    assert not Role.objects.filter(name="Ward of Ada").exists()
    assert recorded()[0] == (
        "role.created",
        None,
        {"role": "blanked", "recognised": [None, False]},
    )


def test_an_unknown_role_that_was_the_persons_once_goes() -> None:
    bulk(uuid="ada", groups=["Ward of Ada"])
    gone = Api().patch(f"{PATH}/ada/delete", {"groups": ["Ward of Ada"]})
    assert gone.status_code == 200

    assert erase().unrecognised_roles == 1


@pytest.mark.parametrize("recognised", [False, True])
def test_a_role_of_others_or_in_use_stays(recognised: bool) -> None:
    bulk(uuid="ada", groups=["Ward"])
    if recognised:
        Role.objects.filter(name="Ward").update(recognised=True)
    else:
        bulk(uuid="bea", groups=["Ward"])

    assert erase().unrecognised_roles == 0

    assert Role.objects.filter(name="Ward").exists()
    assert recorded()[0][2]["role"] == "Ward"


def test_an_address_that_somebody_else_had_by_mistake_goes() -> None:
    created(uuid="bea", email_address="ada@mail.example")
    patch("bea", email_address="bea@mail.example", job_title="nurse")
    ada(email_address="ada@mail.example")
    patch("bea", email_address="ada2@mail.example")
    patch("bea", email_address="bea@mail.example")
    patch("ada", email_address="ada2@mail.example")
    welcome = {"email_address": "ada@mail.example", "email_type": "WELCOME_EMAIL"}
    assert ("dhos.DM000017", welcome) in announced()

    erase()

    assert ("dhos.DM000017", welcome) not in announced()
    changes = [told for _, who, told in recorded() if who == "bea"]
    assert changes == [{"email_address": "blanked"}] * 2


def test_a_former_address_that_is_somebody_elses_now_stays_theirs() -> None:
    ada(email_address="desk@mail.example")
    patch("ada", email_address="ada@mail.example")
    created(uuid="bea", email_address="desk@mail.example")
    before = rows_of("bea")

    erase()

    assert rows_of("bea") == before


def test_badge_number_that_somebody_else_had_by_mistake_is_blanked_there() -> None:
    created(uuid="bea", send_entry_identifier=BADGE)
    patch("bea", send_entry_identifier="8")
    patch("bea", send_entry_identifier=BADGE, job_title="nurse")
    patch("bea", send_entry_identifier="8")
    ada()
    for badge in (BADGE, "8"):
        patch("bea", send_entry_identifier=badge)

    erase()

    told = [each for _, who, each in recorded() if who == "bea"]
    assert told == [{"send_entry_identifier": "blanked"}] * 2
    assert BADGE not in str(recorded())


def test_badge_number_that_somebody_else_has_now_stays_in_their_trail() -> None:
    ada()
    created(uuid="bea", send_entry_identifier="8")
    patch("bea", send_entry_identifier=BADGE)
    before = rows_of("bea")

    erase()

    assert rows_of("bea") == before
