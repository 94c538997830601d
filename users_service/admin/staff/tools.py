"""What is done from the page of a staff account, apart from its form."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from roles.callers import acting_staff
from users_service.admin.staff import deeds
from users_service.admin.staff.forms import PasswordForm
from users_service.admin.staff.page import StaffPage

PASSWORD = "admin/auth/user/password.html"
SECOND_FACTOR = "admin/auth/user/second_factor.html"


class StaffTools(StaffPage):
    """The part of the accounts' admin for passwords, locks and second factors."""

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages, and Django's."""
        tools = {
            "password": self.password_view,
            "unlock": self.unlock_view,
            "second_factor": self.second_factor_view,
        }
        own = [
            path(
                f"<path:object_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(view),
                name=f"auth_user_{name}",
            )
            for name, view in tools.items()
        ]
        return [*own, *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters("typed"))
    def password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set a password, and show it once."""
        account = self._changeable(request, object_id)
        if account is None:
            return self._gone(request)
        if account.pk == request.user.pk:
            # That page asks for the old one.
            own = reverse(f"{self.admin_site.name}:password_change")
            return HttpResponseRedirect(own)
        form = PasswordForm(request.POST or None, account=account)
        if not form.is_valid():
            return self.page(
                request,
                PASSWORD,
                account,
                title=f"New password for {account}",
                form=form,
            )
        password = form.chosen()
        actor = acting_staff(request)
        deeds.set_password(actor=actor, account=account, password=password)
        return self.password_answer(request, account, password)

    @method_decorator(require_POST)
    def unlock_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forget the failed logins of an account."""
        account = self._changeable(request, object_id)
        if account is None:
            return self._gone(request)
        had_failed = deeds.unlock(actor=acting_staff(request), account=account)
        how = "was unlocked" if had_failed else "was not locked"
        self.message_user(request, f"The account {account} {how}.", messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(account))

    def second_factor_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forget the second factor of an account, once that is confirmed."""
        account = self._changeable(request, object_id)
        if account is None:
            return self._gone(request)
        if request.method != "POST":
            return self.page(
                request, SECOND_FACTOR, account, title="Reset the second factor"
            )
        actor = acting_staff(request)
        was_set_up = deeds.reset_second_factor(actor=actor, account=account)
        how = "was reset" if was_set_up else "was not set up"
        text = f"The second factor of {account} {how}."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(account))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Lead to what the audit trail says that the account did."""
        del extra_context
        account = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        if account is None:
            return self._gone(request)
        trail = reverse(f"{self.admin_site.name}:journal_auditentry_changelist")
        return HttpResponseRedirect(f"{trail}?{urlencode({'q': str(account)})}")

    def _changeable(self, request: HttpRequest, object_id: str) -> User | None:
        account = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def _gone(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "There is no such account.", messages.WARNING)
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:auth_user_changelist")
        )
