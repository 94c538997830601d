from django.urls import path

from roles.views import RolesViewSet

urlpatterns = [
    path("dhos/v1/roles", RolesViewSet.as_view({"get": "list"})),
]
