"""What tags that a compressing proxy has made weak come to (docs/operations.md)."""

import pytest

from clinicians.testing import Api, created

pytestmark = pytest.mark.django_db


def test_weak_tag_answers_304_to_reads_and_412_to_changes() -> None:
    path = f"/dhos/v1/clinician/{created()['uuid']}"
    weak = "W/" + Api().get(path)["ETag"]
    assert Api().get(path, IF_NONE_MATCH=weak).status_code == 304
    changed = Api().patch(path, {"job_title": "Nurse"}, IF_MATCH=weak)
    assert changed.status_code == 412
