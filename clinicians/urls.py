"""The paths of clinicians, each with its methods."""

from django.urls import path

from clinicians.views import (
    BulkViewSet,
    ClinicianListViewSet,
    ClinicianViewSet,
    LoginViewSet,
    TermsAgreementViewSet,
)

urlpatterns = [
    path(
        "dhos/v1/clinician",
        ClinicianViewSet.as_view(
            {"get": "by_email", "post": "create", "patch": "set_password"}
        ),
    ),
    path("dhos/v1/clinician/bulk", BulkViewSet.as_view({"post": "create"})),
    path("dhos/v1/clinician/login", LoginViewSet.as_view({"get": "login"})),
    path(
        "dhos/v1/clinician/<str:clinician_id>",
        ClinicianViewSet.as_view({"get": "retrieve", "patch": "update"}),
    ),
    path(
        "dhos/v1/clinician/<str:clinician_id>/delete",
        ClinicianViewSet.as_view({"patch": "remove"}),
    ),
    path(
        "dhos/v1/clinician/<str:clinician_id>/terms_agreement",
        TermsAgreementViewSet.as_view({"post": "create"}),
    ),
    path("dhos/v1/clinicians", ClinicianListViewSet.as_view({"get": "list_v1"})),
    path("dhos/v2/clinicians", ClinicianListViewSet.as_view({"get": "list_v2"})),
    path("dhos/v1/clinician_list", ClinicianListViewSet.as_view({"post": "by_ids"})),
    path(
        "dhos/v1/location/<str:location_id>/clinician",
        ClinicianListViewSet.as_view({"get": "at_location"}),
    ),
]
