"""Every route of the service; what is not here is a 404 of the HTTP contract's shape.

Paths are written in full by the apps, without trailing slashes.
"""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from users_service import docs, health, monitoring
from users_service.audit_trail import AuditTrailViewSet
from users_service.maintenance import DropDataViewSet

urlpatterns: list[URLPattern | URLResolver] = [
    path("running", monitoring.RunningView.as_view()),
    path("version", monitoring.VersionView.as_view()),
    path("metrics", monitoring.MetricsView.as_view()),
    path("healthcheck", health.HealthView.as_view()),
    path("openapi.json", docs.OpenApiView.as_view()),
    path("docs", docs.DocsView.as_view()),
    path("", include("roles.urls")),
    path("", include("clinicians.urls")),
    path("", include("bookmarks.urls")),
    path("dhos/v2/audit", AuditTrailViewSet.as_view({"get": "list"})),
]

if not settings.IS_PRODUCTION:
    urlpatterns.append(path("drop_data", DropDataViewSet.as_view({"post": "drop"})))

if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin.site.urls))

handler400 = "users_service.problems.bad_request"
handler403 = "users_service.problems.forbidden"
handler404 = "users_service.problems.not_found"
handler500 = "users_service.problems.server_error"
