"""How the routes of bookmarks are described."""

from drf_spectacular.utils import OpenApiParameter

from roles.openapi import ID_IN_PATH, operation
from users_service.database.fields import ID_LENGTH

TAG = "bookmarks"


def _bookmarked(name: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        {**ID_IN_PATH, "maxLength": ID_LENGTH},
        OpenApiParameter.PATH,
        required=True,
        description="What is bookmarked; a longer id is refused.",
    )


ADD_LOCATION_BOOKMARK = operation(
    "add_location_bookmark",
    "Bookmark a location",
    "Nothing changes if it is bookmarked already.",
    tag=TAG,
    status=201,
    answer=None,
    problems=[404],
    parameters=[_bookmarked("location_id")],
)
REMOVE_LOCATION_BOOKMARK = operation(
    "remove_location_bookmark",
    "Remove a location's bookmark",
    "Nothing changes if there is none.",
    tag=TAG,
    status=204,
    answer=None,
    problems=[404],
    parameters=[_bookmarked("location_id")],
)
ADD_PATIENT_BOOKMARK = operation(
    "add_patient_bookmark",
    "Bookmark a patient",
    "For the clinician of the token; the one in the path is ignored.",
    tag=TAG,
    status=201,
    answer=None,
    problems=[404],
    parameters=[_bookmarked("patient_id")],
)
REMOVE_PATIENT_BOOKMARK = operation(
    "remove_patient_bookmark",
    "Remove a patient's bookmark",
    "For the clinician of the token; the one in the path is ignored.",
    tag=TAG,
    status=204,
    answer=None,
    problems=[404],
    parameters=[_bookmarked("patient_id")],
)
