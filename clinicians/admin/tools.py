"""What staff do from a clinician's page, apart from its form."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinicians.admin.names import name_html, name_of
from clinicians.admin.page import ClinicianPage
from clinicians.admin.passwords import PasswordForm, set_temporary_password
from clinicians.models import Clinician
from clinicians.services.lockout import unlock
from roles.callers import acting_staff

LIST = "clinicians_clinician_changelist"
PASSWORD = "admin/clinicians/clinician/password.html"
PASSWORD_SET = "admin/clinicians/clinician/password_set.html"


class ClinicianTools(ClinicianPage):
    """The part of the clinicians' admin for passwords and locks."""

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages, and Django's."""
        view = self.admin_site.admin_view
        own = [
            path(
                "<path:object_id>/password/",
                view(self.password_view),
                name="clinicians_clinician_password",
            ),
            path(
                "<path:object_id>/unlock/",
                view(self.unlock_view),
                name="clinicians_clinician_unlock",
            ),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters("password"))
    def password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set a temporary password, and show it once."""
        clinician = self._changeable(request, object_id)
        if clinician is None:
            return self._gone(request)
        form = PasswordForm(request.POST or None)
        template, password = PASSWORD, None
        if form.is_valid():
            password = set_temporary_password(request, clinician, form)
            template = PASSWORD_SET if password else PASSWORD
        context = {
            **self.admin_site.each_context(request),
            "title": f"Temporary password for {name_of(clinician)}",
            "opts": self.opts,
            "clinician": clinician,
            "name": name_of(clinician),
            "page": self.page_of(clinician),
            "form": form,
            "password": password,
        }
        return TemplateResponse(request, template, context)

    @method_decorator(require_POST)
    def unlock_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forget the failed logins of one clinician."""
        clinician = self._changeable(request, object_id)
        if clinician is None:
            return self._gone(request)
        unlocked = unlock(actor=acting_staff(request), clinician_id=clinician.pk)
        text = "{} was unlocked." if unlocked else "{} was not locked."
        text = format_html(text, name_html(clinician))
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(clinician))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Lead to what the audit trail says of the clinician."""
        del request, extra_context
        trail = reverse(f"{self.admin_site.name}:journal_auditentry_changelist")
        query = urlencode({"q": unquote(object_id)})
        return HttpResponseRedirect(f"{trail}?{query}")

    def _changeable(self, request: HttpRequest, object_id: str) -> Clinician | None:
        clinician: Clinician | None = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, clinician):
            raise PermissionDenied
        return clinician

    def _gone(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "There is no such clinician.", messages.WARNING)
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{LIST}"))
