"""The reads that are asked for all day use the indexes that are there for them."""

import pytest
from django.db import connection

from clinicians.tests.plans import HotRead, hot_reads, plan_of, unmet

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

NUMBER = 12_000
"""Clinicians: so many that to read them all is the longer way."""

FILLING = """
INSERT INTO clinicians_clinician (uuid, created, created_by, modified, modified_by,
    login_active, can_edit_ews, version, last_name_key, first_name_key, search_text,
    email_address, send_entry_identifier)
SELECT md5(n::text), now(), 'x', now(), 'x', true, false, n, md5(n::text), md5(n::text),
    md5(n::text) || ' ' || md5(n::text), n || '@clinic.example', n::text
    FROM generate_series(1, {number}) n;
INSERT INTO clinicians_clinicianlocation (clinician_id, location_id)
    SELECT md5(n::text), 'L' || m || n % 1000
    FROM generate_series(1, {number}) n, generate_series(1, 2) m;
INSERT INTO clinicians_clinicianrole (clinician_id, role_id)
    SELECT md5(n::text), roles[1 + n % cardinality(roles)]
    FROM (SELECT array_agg(name) roles FROM roles_role) r,
        generate_series(1, {number}) n;
INSERT INTO bookmarks_locationbookmark (clinician_id, location_id)
    SELECT md5(n::text), 'L' FROM generate_series(1, {number}) n;
INSERT INTO bookmarks_patientbookmark (clinician_id, patient_id)
    SELECT md5(n::text), 'P' FROM generate_series(1, {number}) n;
INSERT INTO clinicians_product (uuid, created, created_by, modified, modified_by,
    clinician_id, product_name, opened_date)
    SELECT n, now(), 'x', now(), 'x', md5(n::text), 'GDM', '2024-01-31'
    FROM generate_series(1, {number}) n;
INSERT INTO clinicians_termsagreement (uuid, created, created_by, modified, modified_by,
    clinician_id, product_name)
    SELECT n, now(), 'x', now(), 'x', md5(n::text), 'GDM'
    FROM generate_series(1, {number}) n;
SELECT gin_clean_pending_list('clinician_search_trigrams');
ANALYZE;
"""


def test_every_hot_read_uses_its_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILLING.format(number=NUMBER))
        # So few clinicians it would rather hash than look up a thousand of them.
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        )
        cursor.execute("SELECT md5(n::text) FROM generate_series(1, 50) n")
        ids = [row[0] for row in cursor.fetchall()]
    reads = hot_reads(ids, ids[0][:6], "L17")

    found = {name: unmet(read) for name, read in reads.items()}
    assert not {name: faults for name, faults in found.items() if faults}


def test_a_read_that_looks_at_everybody_is_noticed() -> None:
    def read() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM clinicians_clinician WHERE version = 1"
            )

    assert plan_of(read).scanned == {"clinicians_clinician"}
    hot = HotRead(read, {"clinician_badge"})
    assert unmet(hot) == [
        "does not use clinician_badge",
        "reads all of clinicians_clinician",
    ]
