import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone

from clinicians.management.commands.create_demo_clinicians import demo_clinician
from clinicians.models import Clinician, ClinicianRole, Product
from clinicians.services.login import log_in
from clinicians.testing import created
from roles.callers import Caller
from users_service.journal.models import AuditEntry, OutboxMessage

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("create_demo_clinicians", *arguments, stdout=output)
    return output.getvalue()


def test_a_few_hundred_are_added_without_passwords() -> None:
    assert run() == "300 clinicians added, of 300.\n"
    assert Clinician.objects.count() == 300
    assert not Clinician.objects.filter(password__isnull=False).exists()
    assert AuditEntry.objects.filter(action="clinician.imported").count() == 300
    assert not OutboxMessage.objects.exists()


def test_they_are_a_mix() -> None:
    run()
    over = Q(contract_expiry_eod_date__lt=timezone.now().date())
    assert Clinician.objects.temporary_only().count() == 33
    assert Clinician.objects.filter(over).count() == 11
    assert Clinician.objects.active(active=False).count() == 15
    assert Clinician.objects.filter(can_edit_ews=True).exists()
    assert Product.objects.filter(closed_date__isnull=False).exists()
    assert ClinicianRole.objects.values("role").distinct().count() == 9
    names = Counter(Clinician.objects.values_list("first_name", "last_name"))
    assert max(names.values()) == 1


def test_every_permanent_clinician_of_send_has_a_badge() -> None:
    run()
    of_send = Clinician.objects.with_product("SEND")
    assert of_send.exists()
    assert not of_send.filter(send_entry_identifier=None).exists()


def test_a_second_run_adds_nothing_and_says_so() -> None:
    run("--number", "30")
    before = list(Clinician.objects.order_by("uuid").values())
    assert run("--number", "30", "--with-password") == (
        "Nothing added: all 30 are there already.\n"
    )
    assert list(Clinician.objects.order_by("uuid").values()) == before


def test_only_those_who_are_missing_are_added() -> None:
    run("--number", "10")
    Clinician.objects.get(pk="demo-clinician-00004").delete()
    assert run("--number", "12") == "3 clinicians added, of 12.\n"
    assert Clinician.objects.count() == 12


def test_the_printed_password_logs_in() -> None:
    printed = run("--number", "3", "--with-password").splitlines()[1]
    password = printed.removeprefix("Their password is ").partition(",")[0]
    address = printed.rpartition(" ")[2]
    document = log_in(actor=Caller(), username=address, password=password)
    assert document.uuid == "demo-clinician-00000"


def test_an_index_is_always_the_same_person() -> None:
    assert demo_clinician(17) == demo_clinician(17)
    assert demo_clinician(17)["uuid"] == "demo-clinician-00017"


def test_an_address_that_is_in_use_stops_it() -> None:
    created(email_address="demo00001@clinicians.example")
    with pytest.raises(CommandError, match="existing email address 'demo00001@"):
        run("--number", "3")
    assert Clinician.objects.count() == 1


@override_settings(IS_PRODUCTION=True)
def test_production_refuses() -> None:
    with pytest.raises(CommandError, match="no place in PRODUCTION"):
        run()
    assert not Clinician.objects.exists()


@pytest.mark.parametrize("number", ["0", "-1", "10001"])
def test_a_number_out_of_bounds_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="--number is from 1 to 10000"):
        run(f"--number={number}")
