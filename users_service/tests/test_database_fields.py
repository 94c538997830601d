"""Fields that behave alike on both databases."""

import pytest
from django.db import connection, models

from clinicians.models import Clinician
from clinicians.testing import stored
from users_service.database.fields import CodePointField, FoldedField, OpaqueIdField

BY_CODE_POINT = ["", " ", "A", "B", "Z", "_", "a", "z", "É", "é", "\uf900", "😀"]


@pytest.mark.django_db
def test_text_is_sorted_by_code_point() -> None:
    for value in reversed(BY_CODE_POINT):
        stored(f"id-{value}", job_title=value)
    found = Clinician.objects.order_by("job_title").values_list("job_title", flat=True)
    assert list(found) == BY_CODE_POINT


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["a", "A ", " A", "\uff21", "À"])
def test_text_is_compared_by_code_point(other: str) -> None:
    stored("1", job_title="A")
    assert not Clinician.objects.filter(job_title=other).exists()
    assert not Clinician.objects.filter(job_title__lt="A").exists()
    assert Clinician.objects.filter(job_title__lt="a").exists()


@pytest.mark.django_db
@pytest.mark.postgresql
def test_keys_that_refer_to_text_are_compared_alike() -> None:
    """A foreign key has its own column, so its own collation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema"
            ".columns WHERE table_name ~ '^(clinicians|bookmarks|roles|journal)_'"
            " AND column_name IN"
            " ('uuid', 'clinician_id', 'role_id', 'location_id', 'permission_id')"
        )
        found = cursor.fetchall()
    assert len(found) > 10
    assert [row for row in found if row[2] != "C"] == []


@pytest.mark.django_db
@pytest.mark.postgresql
def test_no_second_index_for_patterns() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename ~ '^(clinicians|bookmarks"
            "|roles)_' AND indexdef LIKE '%pattern_ops%'"
        )
        assert cursor.fetchall() == []


def test_ids_have_36_characters() -> None:
    assert OpaqueIdField().max_length == 36
    assert OpaqueIdField(max_length=50).max_length == 50


@pytest.mark.parametrize(
    ("texts", "folded"),
    [
        (("Strauß", "İda"), "strauss i\u0307da"),
        (("ΟΔΥΣΣΕΥΣ", None), "οδυσσευσ "),
        ((None, "A"), " a"),
        ((None, None), " "),
        ((None,), None),
        (("",), ""),
        (("ABC",), "abc"),
    ],
)
def test_folding(texts: tuple[str | None, ...], folded: str | None) -> None:
    field = FoldedField(sources=["x"] * len(texts), max_length=100)
    assert field.fold(*texts) == folded


def test_folded_text_is_cut() -> None:
    assert FoldedField(sources=["x"], max_length=5).fold("ßßßß") == "sssss"


def test_a_folded_field_survives_a_migration() -> None:
    field = FoldedField(sources=["last_name", "first_name"], max_length=7)
    _, path, args, kwargs = field.deconstruct()
    assert path == "users_service.database.fields.FoldedField"
    again = FoldedField(*args, **kwargs)
    assert again.sources == ("last_name", "first_name")
    assert again.deconstruct()[1:] == field.deconstruct()[1:]


@pytest.mark.django_db
def test_folded_text_follows_its_sources() -> None:
    clinician = stored("1", last_name="ADA", first_name="Ida")
    assert clinician.search_text == "ada ida"
    clinician.last_name = "Uwe"
    clinician.save()
    clinician.refresh_from_db()
    assert (clinician.search_text, clinician.last_name_key) == ("uwe ida", "uwe")
    [row] = Clinician.objects.bulk_create([Clinician(uuid="2", last_name="ẞ")])
    assert row.last_name_key == "ss"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["last_name_key", "search_text", "job_title"])
def test_the_longest_text_fits(name: str) -> None:
    field = Clinician._meta.get_field(name)
    assert isinstance(field, models.CharField)
    assert isinstance(field, CodePointField)
    stored("1", last_name="\u0390" * 1000, first_name="\u0390" * 1000)
    found = Clinician.objects.get()
    assert len(found.search_text or "") == 6001
    assert len(found.last_name_key or "") == 200
