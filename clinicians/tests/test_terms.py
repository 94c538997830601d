"""POST terms_agreement."""

from typing import Any

import pytest
import time_machine

from clinicians.models import TermsAgreement
from clinicians.testing import (
    Api,
    announced,
    json_of,
    nothing_written,
    problem_of,
    recorded,
    settled,
)

pytestmark = pytest.mark.django_db

PATH = "/dhos/v1/clinician/ada/terms_agreement"
NOW = "2030-01-31T09:08:07.123456Z"
MADE = {
    "created": "2030-01-31T09:08:07.123Z",
    "created_by": "dhos-robot",
    "modified": "2030-01-31T09:08:07.123Z",
    "modified_by": "dhos-robot",
}
NOW_OFFSET = "2030-01-31T09:08:07.123+00:00"
WHOLE = {
    "product_name": "GDM",
    "version": 3,
    "accepted_timestamp": "2019-01-01T12:01:01.000+00:00",
    "tou_version": 0,
    "tou_accepted_timestamp": "2019-01-02T12:01:01.500+00:00",
    "patient_notice_version": 2,
    "patient_notice_accepted_timestamp": "2019-01-03T12:01:01.123+00:00",
}


@pytest.fixture(autouse=True)
def ada() -> dict[str, Any]:
    return settled(uuid="ada")


def accepted(**changes: Any) -> Any:
    """Return the agreement that is stored."""
    body = {"product_name": "GDM", "version": 1, **changes}
    with time_machine.travel(NOW, tick=False):
        answer = Api().post(PATH, body)
    assert answer.status_code == 200, answer.content
    return json_of(answer)


def test_a_whole_agreement_comes_back() -> None:
    body = accepted(**WHOLE)

    assert body == {**WHOLE, **MADE, "uuid": body["uuid"]}
    assert len(body["uuid"]) == 36


def test_the_agreement_shows_in_the_clinician_whose_modified_stays(
    ada: dict[str, Any],
) -> None:
    body = accepted(**WHOLE)

    shown = json_of(Api().get("/dhos/v1/clinician/ada"))
    assert shown == {**ada, "terms_agreement": {"GDM": body}}


def test_a_version_alone_gets_the_time_now() -> None:
    body = accepted(version=0, tou_version=1, patient_notice_version=2)

    assert body == {
        "product_name": "GDM",
        "version": 0,
        "accepted_timestamp": NOW_OFFSET,
        "tou_version": 1,
        "tou_accepted_timestamp": NOW_OFFSET,
        "patient_notice_version": 2,
        "patient_notice_accepted_timestamp": NOW_OFFSET,
        "uuid": body["uuid"],
        **MADE,
    }


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_blank_are_no_time(nothing: str | None) -> None:
    body = accepted(
        accepted_timestamp=nothing, tou_version=1, tou_accepted_timestamp=nothing
    )

    assert body["accepted_timestamp"] == body["tou_accepted_timestamp"] == NOW_OFFSET


@pytest.mark.parametrize("nothing", [..., None])
def test_a_pair_without_a_version_is_not_shown(nothing: Any) -> None:
    given = {} if nothing is ... else {"tou_version": nothing}
    body = accepted(**given, tou_accepted_timestamp="2019-01-02T12:01:01Z")

    assert sorted(body) == sorted(
        [*MADE, "uuid", "product_name", "version", "accepted_timestamp"]
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2019-01-01T12:01:01.000+00:00", "2019-01-01T12:01:01.000+00:00"),
        ("2019-01-01T12:01:01", "2019-01-01T12:01:01.000+00:00"),
        ("2019-01-01T12:01:01.9999Z", "2019-01-01T12:01:01.999+00:00"),
        ("2019-01-01T12:01:01+02:00", "2019-01-01T10:01:01.000+00:00"),
        ("2019-01-01T00:01-0130", "2019-01-01T01:31:00.000+00:00"),
        ("2019-01-01", "2019-01-01T00:00:00.000+00:00"),
        ("2019-1-1", "2019-01-01T00:00:00.000+00:00"),
    ],
)
def test_a_time_is_read_with_its_offset_else_as_utc(given: str, shown: str) -> None:
    assert accepted(accepted_timestamp=given)["accepted_timestamp"] == shown
    read = json_of(Api().get("/dhos/v1/clinician/ada"))["terms_agreement"]["GDM"]
    assert read["accepted_timestamp"] == shown


@pytest.mark.parametrize("version", [-(2**31), 0, 2**31 - 1])
def test_a_version_fits_32_bits(version: int) -> None:
    assert accepted(version=version, tou_version=version)["version"] == version


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"version": 1}, {"product_name": ["This field is required."]}),
        (
            {"version": 1, "product_name": None},
            {"product_name": ["This field may not be null."]},
        ),
        ({"version": 1, "product_name": 1}, {"product_name": ["A string is needed."]}),
        ({"product_name": "GDM"}, {"version": ["This field is required."]}),
        (
            {"product_name": "GDM", "version": None},
            {"version": ["This field may not be null."]},
        ),
        *(
            ({"product_name": "GDM", "version": bad}, {"version": [message]})
            for bad, message in [
                ("1", "An integer is needed."),
                ("", "An integer is needed."),
                (2.0, "An integer is needed."),
                (True, "An integer is needed."),
                ([1], "An integer is needed."),
                (
                    2**31,
                    "Ensure this value is less than or equal to 2147483647.",
                ),
                (
                    -(2**31) - 1,
                    "Ensure this value is greater than or equal to -2147483648.",
                ),
            ]
        ),
        *(
            ({"product_name": "GDM", "version": 1, name: "1"}, {name: [message]})
            for name, message in [
                ("tou_version", "An integer is needed."),
                ("patient_notice_version", "An integer is needed."),
                *(
                    (f"{name}accepted_timestamp", message)
                    for name in ("", "tou_", "patient_notice_")
                    for message in [
                        "A time such as 2026-01-31T09:08:07.123Z is needed."
                    ]
                ),
                ("uuid", "Unknown field."),
                ("created", "Unknown field."),
                ("x", "Unknown field."),
            ]
        ),
        ([], {"body": ["A JSON object is needed."]}),
    ],
)
def test_a_faulty_agreement_is_refused(body: Any, errors: Any) -> None:
    with nothing_written():
        answer = Api().post(PATH, body)

    assert problem_of(answer) == (400, errors)


def test_an_unknown_clinician_is_not_found() -> None:
    with nothing_written():
        answer = Api().post(
            "/dhos/v1/clinician/grace/terms_agreement",
            {"product_name": "GDM", "version": 1},
        )

    assert problem_of(answer) == (404, "No user found with UUID grace")


def test_an_agreement_is_recorded_but_not_announced() -> None:
    body = accepted(accepted_timestamp="2019-01-01")

    assert announced() == []
    assert recorded() == [
        (
            "agreement.added",
            "ada",
            {
                "terms_agreements": {
                    "added": [
                        {
                            "uuid": body["uuid"],
                            "product_name": "GDM",
                            "version": 1,
                            "accepted_timestamp": "2019-01-01T00:00:00+00:00",
                        }
                    ]
                }
            },
        )
    ]


def test_every_agreement_is_kept() -> None:
    for _ in range(2):
        accepted()

    assert TermsAgreement.objects.count() == 2


@pytest.mark.parametrize("product", ["gdm", "send"])
def test_clinicians_agree_for_themselves_only(product: str) -> None:
    body = {"product_name": "GDM", "version": 1}
    scope = f"write:{product}_terms_agreement"

    own = Api(scope, clinician_id="ada").post(PATH, body)
    assert json_of(own)["created_by"] == "ada"
    with nothing_written():
        other = Api(scope, clinician_id="grace").post(PATH, body)
    assert problem_of(other) == (403, "Forbidden")


def test_a_query_is_refused() -> None:
    answer = Api().post(f"{PATH}?x=1", {"product_name": "GDM", "version": 1})

    assert problem_of(answer) == (400, {"x": ["Unknown query parameter."]})
