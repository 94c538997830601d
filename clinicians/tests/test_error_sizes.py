"""How much an error answer says about a bad body, and how much is read for it."""

import json
from typing import Any

import pytest

from clinicians.serializers import CreateSerializer, PastClinicianSerializer
from clinicians.serializers.checking import ItemCheck
from clinicians.testing import Api, clinician_body, created, problem_of
from users_service.api.fields import OpaqueIdField

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician"
MAX_ANSWER_BYTES = 60_000


def refused(answer: Any) -> dict[str, list[str]]:
    status, errors = problem_of(answer)
    assert status == 400
    assert len(answer.content) < MAX_ANSWER_BYTES
    assert len(errors) == 100
    assert all(len(path) <= 200 for path in errors)
    assert isinstance(errors, dict)
    return errors


def test_create_with_many_unknown_keys_names_a_hundred() -> None:
    unknown = {f"x{number}": 1 for number in range(50_000)}
    errors = refused(Api().post(PATH, clinician_body(**unknown)))
    assert errors["x0"] == ["Unknown field."]


def test_create_with_many_faulty_members_names_a_hundred() -> None:
    refused(Api().post(PATH, clinician_body(locations=[1] * 50_000)))


def test_update_with_many_faulty_products_names_a_hundred() -> None:
    path = f"{PATH}/{created()['uuid']}"
    refused(Api().patch(path, {"products": [{"x": 1}] * 5_000}))


def test_bulk_with_many_faulty_items_names_a_hundred() -> None:
    refused(Api().post(f"{PATH}/bulk", [{"x": 1}] * 5_000))


def test_key_of_a_megabyte_is_cut_in_path_and_message() -> None:
    answer = Api().post(PATH, clinician_body(**{"k" * 900_000: 1}))
    status, errors = problem_of(answer)
    assert (status, errors) == (400, {"k" * 200: ["Unknown field."]})
    assert len(answer.content) < MAX_ANSWER_BYTES


def test_key_of_a_megabyte_with_a_nul_is_cut() -> None:
    body = json.dumps({"k" * 900_000 + "\0": 1})
    answer = Api().post(PATH, body)
    assert problem_of(answer)[0] == 400
    assert len(answer.content) < MAX_ANSWER_BYTES


def test_validation_stops_at_as_many_faults_as_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    validated: list[object] = []
    validate = OpaqueIdField.run_validation

    def counted(field: OpaqueIdField, data: Any = ...) -> Any:
        validated.append(data)
        return validate(field, data)

    monkeypatch.setattr(OpaqueIdField, "run_validation", counted)
    with pytest.raises(Exception, match="string"):
        CreateSerializer().run_validation(clinician_body(locations=[1] * 10_000))
    assert len(validated) < 200


def test_bulk_check_stops_at_as_many_items_as_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    validated: list[object] = []
    validate = PastClinicianSerializer.run_validation

    def counted(serializer: PastClinicianSerializer, data: Any = ...) -> Any:
        validated.append(data)
        return validate(serializer, data)

    monkeypatch.setattr(PastClinicianSerializer, "run_validation", counted)
    with pytest.raises(Exception, match="required"):
        ItemCheck().all_of([{}] * 10_000)
    assert len(validated) == 100
