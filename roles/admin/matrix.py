"""The page that compares roles: which of them grants which permission."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from roles.admin.groups import OTHER, VERBS, Group, grouped
from roles.models import Permission, Role

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Role]
else:
    Base = admin.ModelAdmin

TEMPLATE = "admin/roles/role/matrix.html"


class Row(NamedTuple):
    """A permission, and of each role in turn whether it grants it."""

    permission: str
    granted: list[bool]


class Choice(NamedTuple):
    """A link that narrows the page down."""

    name: str
    query: str
    chosen: bool


class MatrixPage(Base):
    """The part of the roles' admin for the matrix."""

    def get_urls(self) -> list[URLPattern]:
        """Return the address of the matrix, and Django's, which take any name."""
        view = self.admin_site.admin_view(self.matrix_view)
        own = path("matrix/", view, name="roles_role_matrix")
        return [own, *super().get_urls()]

    @method_decorator(require_safe)
    def matrix_view(self, request: HttpRequest) -> HttpResponse:
        """Answer the recognised roles and all permissions, or one verb's or area's."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        held = Role.objects.recognised().permission_names()
        groups = grouped(Permission.objects.values_list("name", flat=True))
        context = {
            **self.admin_site.each_context(request),
            "title": "Roles and permissions",
            "opts": self.opts,
            "roles": list(held),
            "groups": list(_rows(held, groups, request.GET)),
            "verbs": _choices(request.GET, "verb", (*VERBS, OTHER)),
            "areas": _choices(request.GET, "area", {group.area for group in groups}),
        }
        return TemplateResponse(request, TEMPLATE, context)


def _rows(
    held: dict[str, list[str]], groups: dict[Group, list[str]], chosen: QueryDict
) -> Iterator[tuple[Group, list[Row]]]:
    granted = [frozenset(names) for names in held.values()]
    for group, permissions in groups.items():
        wanted = (chosen.get(name, value) for name, value in group._asdict().items())
        if group == tuple(wanted):
            yield (
                group,
                [
                    Row(each, [each in names for names in granted])
                    for each in permissions
                ],
            )


def _choices(chosen: QueryDict, name: str, values: Iterable[str]) -> list[Choice]:
    """Return a link for all, and one per value; each keeps what else is chosen."""
    others = chosen.copy()
    others.pop(name, None)
    choices = [Choice("All", others.urlencode(), name not in chosen)]
    for value in values if name == "verb" else sorted(values):
        others[name] = value
        choices.append(Choice(value, others.urlencode(), chosen.get(name) == value))
    return choices
