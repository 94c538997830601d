"""The paths of bookmarks."""

from django.urls import path

from bookmarks.views import LocationBookmarkViewSet, PatientBookmarkViewSet

urlpatterns = [
    path(
        "dhos/v1/clinician/<str:clinician_id>/location/<str:location_id>/bookmark",
        LocationBookmarkViewSet.as_view({"post": "add", "delete": "remove"}),
    ),
    path(
        "dhos/v1/clinician/<str:clinician_id>/patient/<str:patient_id>/bookmark",
        PatientBookmarkViewSet.as_view({"post": "add", "delete": "remove"}),
    ),
]
