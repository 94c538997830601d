from rest_framework.request import Request
from rest_framework.response import Response

from roles.access import any_valid_token
from roles.models import Role
from roles.openapi import LIST_ROLES
from roles.viewsets import ApiViewSet


class RolesViewSet(ApiViewSet):
    """The roles that clinicians can be put into."""

    access = {"list": any_valid_token}

    @LIST_ROLES
    def list(self, request: Request) -> Response:
        """Every recognised role → its permissions' names, sorted."""
        del request
        return Response(Role.objects.recognised().permission_names())
