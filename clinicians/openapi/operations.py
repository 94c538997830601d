"""The operations of the routes about clinicians, by view and action."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from clinicians import serializers
from clinicians.filters import DIRECTIONS
from clinicians.openapi import examples
from clinicians.openapi.names import name_components
from clinicians.querysets import SORT_COLUMNS
from roles.openapi import COUNT, ETAG, operation
from users_service.api.openapi import (
    BOOLEAN,
    IF_MATCH,
    TEXT,
    Schema,
    array,
    mapping,
    record,
    ref,
    response_header,
)

ONE = "clinician"
MANY = "clinicians"

name_components()


def _query(name: str, schema: Schema, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, description=description)


def _body(name: str, value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


LIST_PARAMETERS = [
    _query("compact", BOOLEAN, "Leave the locations out."),
    _query("expanded", BOOLEAN, "Show everybody in full; wins over `compact`."),
    _query("product_name", TEXT, "Who has, or once had, this product."),
    _query("login_active", BOOLEAN, "Who may log in, or who may not."),
    _query("temp_only", BOOLEAN, "Only who has a contract with an end."),
    _query(
        "modified_since",
        TEXT,
        "Who changed after this time: ISO 8601, or a date for its midnight; without an "
        "offset it is UTC.",
    ),
    _query(
        "q",
        {**TEXT, "maxLength": 1000},
        "Who has this in `last name first name` or in the name of a role, in any "
        "letter case, or has exactly this badge number.",
    ),
    _query("offset", COUNT, "How many to pass over."),
    _query("limit", COUNT, "How many at most; 0: all."),
    OpenApiParameter(
        "sort",
        array({"enum": list(SORT_COLUMNS)}),
        explode=False,
        style="form",
        description="What to sort by; without it last name, then first name. Null "
        "comes last.",
    ),
    _query("order", {"enum": list(DIRECTIONS)}, "Which way to sort."),
]

SUPERSEDED = (
    response_header("Deprecation", "`true`.", [200]),
    response_header("Link", "The successor: /dhos/v2/clinicians.", [200]),
)

CREATE_CLINICIAN = operation(
    "create_clinician",
    "Create a clinician",
    "A permanent clinician of SEND needs a badge number; a temporary one without "
    "gets one. Announces the clinician, and asks for a welcome e-mail unless told "
    "not to. Outside PRODUCTION the identifier block may be given.",
    tag=ONE,
    request=serializers.CreateSerializer,
    answer=ref("Clinician"),
    problems=[409],
    parameters=[ETAG],
    examples=[_body("A permanent nurse", examples.NEW_CLINICIAN)],
)
FIND_CLINICIAN = operation(
    "find_clinician",
    "Find a clinician by e-mail address",
    "The address is trimmed and lower-cased before it is looked up.",
    tag=ONE,
    answer=ref("Clinician"),
    problems=[404],
)
SET_PASSWORD = operation(
    "set_password",
    "Set a clinician's password",
    "Whose e-mail address it is. Other keys of the body are ignored.",
    tag=ONE,
    request=serializers.PasswordSerializer,
    answer=ref("Clinician"),
    problems=[404, 412],
    parameters=[ETAG, IF_MATCH],
    examples=[_body("A password", {"password": "correct horse battery staple"})],
)
GET_CLINICIAN = operation(
    "get_clinician",
    "One clinician",
    "With `temp_only`, 403 if the clinician is permanent.",
    tag=ONE,
    answer=ref("Clinician"),
    problems=[404],
)
UPDATE_CLINICIAN = operation(
    "update_clinician",
    "Change a clinician",
    "What the body names replaces what is stored, but `groups`, `locations`, "
    "`bookmarks` and `bookmarked_patients` are added; of `products`, those with a "
    "uuid are changed, those without opened. Keys that cannot be changed are "
    "ignored, so that a whole clinician may be sent back. Announces the clinician.",
    tag=ONE,
    request=serializers.UpdateSerializer,
    answer=ref("Clinician"),
    problems=[404, 409, 412],
    parameters=[ETAG, IF_MATCH],
    examples=[
        _body(
            "A new job and a closed product",
            {
                "job_title": "Senior Nurse",
                "locations": ["static_location_uuid_2"],
                "products": [
                    {"uuid": examples.PRODUCT["uuid"], "closed_date": "2026-07-19"}
                ],
            },
        )
    ],
)
REMOVE_FROM_CLINICIAN = operation(
    "remove_from_clinician",
    "Take members out of a clinician's lists",
    "What is not there is ignored. Announces the clinician.",
    tag=ONE,
    request=serializers.RemoveSerializer,
    answer=ref("Clinician"),
    problems=[404, 412],
    parameters=[ETAG, IF_MATCH],
    examples=[
        _body(
            "Out of a location and a role",
            {
                "locations": ["static_location_uuid_1"],
                "groups": ["SEND Clinician"],
            },
        )
    ],
)

LOG_IN = operation(
    "log_in",
    "Check a username and a password",
    "For the service that people log in at. Whatever is wrong (the name, the "
    "password, an inactive account or an ended contract), the answer is the same "
    "403, in the same time.",
    tag="login",
    answer=ref("LoggedIn"),
    parameters=[
        OpenApiParameter(
            "UserAuthorization",
            {**TEXT, "pattern": "^Bearer [A-Za-z0-9+/]+={0,2}$"},
            OpenApiParameter.HEADER,
            required=True,
            description="`Bearer ` and base64 of `username:password` in UTF-8. The "
            "username is an e-mail address or a badge number.",
            examples=[
                OpenApiExample("900001:secret", value="Bearer OTAwMDAxOnNlY3JldA==")
            ],
        )
    ],
)

ACCEPT_TERMS = operation(
    "accept_terms",
    "Store a terms agreement",
    'A version whose time is absent, null or "" gets the time now; of a time, a date '
    "alone is its midnight. The clinician's `modified` stays.",
    tag=ONE,
    request=serializers.AgreementSerializer,
    answer=ref("TermsAgreement"),
    problems=[404],
    examples=[
        _body("Version 3 of SEND", {"product_name": "SEND", "version": 3}),
    ],
)

CREATE_CLINICIANS = operation(
    "create_clinicians",
    "Move many clinicians in",
    "Whole clinicians with their history and legacy password hashes, all or none. "
    "The rules of SEND and of can_edit_ews do not count, unknown roles are kept, "
    "and nothing is announced.",
    tag=MANY,
    request=serializers.PastClinicianSerializer(many=True),
    answer=record({"created": {"type": "integer", "minimum": 0}}),
    problems=[409],
    examples=[_body("One of them", [examples.PAST_CLINICIAN])],
)

_SHOWN: Schema = {"anyOf": [ref("ListedClinician"), ref("Clinician")]}
_LIST = "Narrowed down and sorted as asked; all of them if there is no limit."

LIST_CLINICIANS_V1 = operation(
    "list_clinicians_v1",
    "A list of clinicians",
    f"{_LIST} Superseded by /dhos/v2/clinicians, which also tells the number.",
    tag=MANY,
    answer=array(_SHOWN),
    parameters=[*LIST_PARAMETERS, *SUPERSEDED],
    deprecated=True,
)
LIST_CLINICIANS = operation(
    "list_clinicians",
    "A list of clinicians and their number",
    f"{_LIST} `total` is the number of matches before offset and limit.",
    tag=MANY,
    answer=record(
        {
            "results": array(_SHOWN),
            "total": {"type": "integer", "minimum": 0},
        }
    ),
    parameters=LIST_PARAMETERS,
)
GET_CLINICIANS = operation(
    "get_clinicians",
    "The clinicians with these ids",
    "Every id that was asked for is a key; null where there is no such clinician.",
    tag=MANY,
    request={"application/json": array({**TEXT, "maxLength": 36})},
    answer=mapping(
        {
            "anyOf": [
                ref("Clinician"),
                ref("CompactClinician"),
                {"type": "null"},
            ]
        }
    ),
    examples=[_body("Two ids", ["static_clinician_uuid_1", "static_clinician_uuid_2"])],
)
LIST_CLINICIANS_AT_LOCATION = operation(
    "list_clinicians_at_location",
    "Everybody who works at a location",
    "In full, sorted by last name, then first name; none if it is not known.",
    tag=MANY,
    answer=array(ref("Clinician")),
)
