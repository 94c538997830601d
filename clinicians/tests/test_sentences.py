"""The audit trail in plain sentences."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from clinicians.sentences import sentences_of, told
from clinicians.testing import Api, created, forget_the_trail
from clinicians.tests.pages import ada, opened, saved, staff
from users_service.journal.models import AuditEntry

pytestmark = pytest.mark.django_db

CHANGED = "clinician.changed"


@pytest.mark.parametrize(
    ("action", "changes", "sentences"),
    [
        (
            CHANGED,
            {"phone_number": ["0700", "0711"], "job_title": [None, "nurse"]},
            ["Phone number changed from 0700 to 0711", "Job title set to nurse"],
        ),
        (
            CHANGED,
            {"email_address": ["a@b.example", None]},
            ["E-mail address removed (was a@b.example)"],
        ),
        (CHANGED, {"login_active": [True, False]}, ["Login deactivated"]),
        (CHANGED, {"login_active": [False, True]}, ["Login activated"]),
        (
            CHANGED,
            {"contract_expiry_eod_date": [None, "2027-01-31"]},
            ["Contract end set to 31 January 2027"],
        ),
        (
            CHANGED,
            {"can_edit_ews": [False, True]},
            ["Can edit EWS changed from no to yes"],
        ),
        (
            CHANGED,
            {"groups": {"added": ["SEND Clinician"], "removed": ["GDM Clinician"]}},
            ["SEND Clinician added", "GDM Clinician removed"],
        ),
        (CHANGED, {"locations": {"added": ["ward-7"]}}, ["Location ward-7 added"]),
        (
            CHANGED,
            {"bookmarked_patients": {"removed": list("abcdef")}},
            ["6 bookmarks removed"],
        ),
        (CHANGED, {"groups": {"added": list("abcdef")}}, ["6 roles added"]),
        (
            CHANGED,
            {"products": {"added": [opened("GDM")]}},
            ["Product GDM opened on 31 January 2024"],
        ),
        (
            CHANGED,
            {"products": {"added": [opened("GDM", closed_date="2024-02-01")]}},
            ["Product GDM opened on 31 January 2024, closed on 1 February 2024"],
        ),
        (
            CHANGED,
            {
                "products": {
                    "changed": [
                        {
                            "product_name": "GDM",
                            "changes": {
                                "closed_date": [None, "2026-05-03"],
                                "closed_reason": [None, "Moved away"],
                            },
                        },
                        {
                            "product_name": "DBM",
                            "changes": {"closed_date": ["2026-05-03", None]},
                        },
                        {
                            "product_name": "SEND",
                            "changes": {"opened_date": ["2026-05-03", "2026-05-04"]},
                        },
                    ],
                    "removed": [opened("OLD")],
                }
            },
            [
                "Product GDM closed on 3 May 2026 (Moved away)",
                "Product DBM opened again",
                "Product SEND: Opened date changed from 3 May 2026 to 4 May 2026",
                "Product OLD removed",
            ],
        ),
        (
            "agreement.added",
            {"terms_agreements": {"added": [{"product_name": "GDM", "version": 3}]}},
            ["Agreed to the terms of GDM, version 3"],
        ),
        ("password.changed", {"password": "changed"}, ["Password changed"]),
        ("login.succeeded", {"stored_hash": "replaced"}, ["Logged in"]),
        (
            "login.failed",
            {"reason": "Invalid password"},
            ["Login failed: Invalid password"],
        ),
        ("login.failed", {}, ["Login failed"]),
        (
            "clinician.unlocked",
            {"failures": [10, 0]},
            ["Unlocked after 10 failed logins"],
        ),
        ("clinician.unlocked", {"failures": "blanked"}, ["Unlocked"]),
        (
            CHANGED,
            {"phone_number": "blanked", "groups": "blanked"},
            ["Phone number: erased", "Groups: erased"],
        ),
        (
            "clinician.created",
            {
                "first_name": [None, "Ada"],
                "groups": {"added": ["GDM Clinician"]},
                "products": {"added": [opened("GDM")]},
                "email_address": [None, "ada@example.com"],
                "contract_expiry_eod_date": [None, None],
            },
            [
                "Created",
                "GDM Clinician added",
                "Product GDM opened on 31 January 2024",
                "E-mail address set to ada@example.com",
            ],
        ),
        (
            "clinician.imported",
            {"password": "changed"},
            ["Imported", "Password brought along"],
        ),
        (
            "clinician.erased",
            {"fields": {"erased": 9}},
            ["Erased as data protection asks for", "Fields: erased 9"],
        ),
        (
            "role.changed",
            {
                "role": "Own",
                "recognised": [True, False],
                "permissions": {"added": ["read:a"], "removed": ["read:b"]},
            },
            [
                "Role Own",
                "Not recognised",
                "Permission read:a added",
                "Permission read:b removed",
            ],
        ),
        (
            "permission.created",
            {"permission": "read:a"},
            ["Permission created", "Permission: read:a"],
        ),
        (
            "events.set_aside",
            {"message": {"number": 12, "key": "dhos.D9000001"}},
            [
                "A failed message was set aside",
                "Message: number 12, key dhos.D9000001",
            ],
        ),
        (
            "events.resent",
            {"messages": {"resent": 3}},
            ["Messages sent again", "Messages: resent 3"],
        ),
        (
            "audit.pruned",
            {"older_than": "2026-01-31", "entries": {"removed": 7}},
            [
                "Old entries of the trail were removed",
                "Older than: 31 January 2026",
                "Entries: removed 7",
            ],
        ),
        (
            "brand.new",
            {"thing": {"deep": [1, {"x": None}]}},
            ["brand.new", "Thing: deep 1, x nothing"],
        ),
        (
            "role.changed",
            {"role": "Own", "permissions": {"added": 7}, "recognised": []},
            ["Role Own", "Recognised: "],
        ),
        (
            CHANGED,
            {
                "products": {
                    "changed": [
                        {"product_name": "GDM", "changes": {"closed_date": []}},
                        {"product_name": "GDM", "changes": "odd"},
                        {},
                    ]
                }
            },
            ["Product GDM opened again", "Product GDM: ", "Product nothing: "],
        ),
        (CHANGED, {}, ["Nothing was changed"]),
        (
            CHANGED,
            {"groups": {"added": 7}, "products": {"added": ["odd"]}},
            ["7 added"],
        ),
        (
            CHANGED,
            {"locations": {"added": None}, "x": None},
            ["Location nothing added", "X: nothing"],
        ),
    ],
)
def test_an_entry_is_told(action: str, changes: Any, sentences: list[str]) -> None:
    assert sentences_of(AuditEntry(action=action, changes=changes)) == sentences


@pytest.mark.parametrize("changes", [None, [], "text", 7])
def test_an_entry_of_no_shape_is_told_as_well(changes: Any) -> None:
    entry = AuditEntry(action="clinician.created", changes=changes)
    assert sentences_of(entry) == ["Created"]


def test_those_who_did_it_are_named(django_assert_num_queries: Any) -> None:
    ada()
    forget_the_trail()
    saved(staff("Support"), job_title="nurse")
    User.objects.update(first_name="Jo", last_name="Bell")
    created(uuid="bo", first_name="Bo", last_name="Tidewater")
    Api(clinician_id="bo").patch("/dhos/v1/clinician/ada", {"job_title": "doctor"})
    Api().patch("/dhos/v1/clinician/ada", {"job_title": "midwife"})
    for kind, actor in [
        ("operator", "root"),
        ("staff", "staff:99"),
        ("staff", "staff:x"),
        ("staff", "staff:" + "9" * 30),
        ("clinician", f"staff:{User.objects.get().pk}"),
        ("clinician", "gone"),
        ("odd", "thing"),
        ("unknown", "unknown"),
    ]:
        AuditEntry.objects.create(
            actor=actor, actor_kind=kind, action="password.changed", clinician_id="ada"
        )
    entries = AuditEntry.objects.about("ada").order_by("id")

    with django_assert_num_queries(3):
        who = [each.who for each in told(entries)]

    assert who == [
        "Jo Bell",
        "Bo Tidewater",
        "the system dhos-robot",
        "root, by a command",
        "a former member of staff",
        "a former member of staff",
        "a former member of staff",
        f"the clinician staff:{User.objects.get().pk}",
        "the clinician gone",
        "thing",
        "somebody unknown",
    ]


def test_staff_without_a_name_go_by_their_username() -> None:
    ada()
    forget_the_trail()
    saved(staff("Support"), job_title="nurse")
    assert [each.who for each in told(AuditEntry.objects.all())] == ["jane"]


def test_entries_keep_their_order_and_time() -> None:
    ada()
    entries = list(AuditEntry.objects.newest_first())
    assert [(each.entry, each.when) for each in told(entries)] == [
        (each, each.created) for each in entries
    ]
