"""The page of a staff account, and the one that adds one."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.db import IntegrityError
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.views.decorators.debug import sensitive_post_parameters

from roles.callers import acting_staff
from users_service.admin.staff.deeds import enter, fields_of, put_into_groups
from users_service.admin.staff.forms import AddForm
from users_service.admin.staff.listing import with_state
from users_service.apps import STAFF_GROUPS

if TYPE_CHECKING:
    Base = admin.ModelAdmin[User]
else:
    Base = admin.ModelAdmin

PASSWORD = "new_password"
"""The attribute of a request that brings a new account's password to its answer."""

STORED = "stored"
"""The attribute of a request that says whether anything was changed."""

PASSWORD_SET = "admin/auth/user/password_set.html"
MOMENT = "j F Y, H:i"
WHO = ("Who", {"fields": ("username", ("first_name", "last_name"), "email")})
HELP = {
    "is_active": "Without the tick they are logged out, and cannot log in, at once.",
    "groups": "Viewers look at everything. Support also changes clinicians. "
    "Administrators also change roles and staff accounts.",
}


class StaffPage(Base):
    """The page's part of the accounts' admin."""

    change_form_template = "admin/auth/user/change_form.html"
    add_fieldsets: ClassVar[Any] = (
        WHO,
        ("What they may do", {"fields": ("groups",)}),
        ("Password", {"fields": ("kind", "typed")}),
    )
    fieldsets: ClassVar[Any] = (
        WHO,
        ("What they may do", {"fields": ("is_active", "groups")}),
        ("Record (UTC)", {"fields": ("last_time", "added")}),
    )

    @admin.display(description="last login")
    def last_time(self, account: User) -> str:
        """When the account last logged in."""
        moment = account.last_login
        return date_format(moment, MOMENT) if moment else "Never"

    @admin.display(description="added")
    def added(self, account: User) -> str:
        """When the account was made."""
        return date_format(account.date_joined, MOMENT)

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Whether the account may be changed: some by superusers only."""
        if not super().has_change_permission(request, obj):
            return False
        protected = obj is not None and getattr(obj, "is_protected", True)
        return request.user.is_superuser or not protected

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Never: the trail tells of what accounts have done."""
        del request, obj
        return False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return the fields; a new account is active, and needs a password."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return what is only shown. Nobody changes what they may do themselves."""
        if obj is None:
            return ()
        own = ("is_active", "groups") if obj.pk == request.user.pk else ()
        return ("username", "last_time", "added", *own)

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the form's class: of a new account, one with a password."""
        kwargs |= {"help_texts": HELP, "labels": {"email": "E-mail address"}}
        if obj is None:
            kwargs["form"] = AddForm
        else:
            kwargs["help_texts"] = {**HELP, "username": ""}
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Any, request: Any, **kwargs: Any
    ) -> Any:
        """Offer the staff groups, each with a box to tick."""
        kwargs["queryset"] = Group.objects.filter(name__in=STAFF_GROUPS)
        kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @method_decorator(sensitive_post_parameters("typed"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer the page; what is typed there stays out of reports of errors."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            # Somebody took the username at the same moment: now the form knows of it.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        """Store a new account, or the fields that were changed."""
        if change:
            obj.save(update_fields=set(form.changed_data) - {"groups"})
            return
        password = form.chosen()
        obj.is_staff = True
        obj.set_password(password)
        obj.save(force_insert=True)
        setattr(request, PASSWORD, password)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Store the groups, and the audit entry of it all."""
        del formsets
        changes = fields_of(form) | put_into_groups(form)
        if changes or not change:
            action = "staff.changed" if change else "staff.created"
            enter(acting_staff(request), action, form.instance, changes)
        setattr(request, STORED, bool(changes))

    def construct_change_message(self, *_: Any, **__: Any) -> Any:
        """Return nothing: the audit trail has it."""
        return []

    def log_addition(self, *_: Any) -> Any:
        """Leave it to the audit trail."""

    def log_change(self, *_: Any) -> Any:
        """Leave it to the audit trail."""

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: Any = None
    ) -> HttpResponse:
        """Answer with the password of the new account."""
        del post_url_continue
        return self.password_answer(request, obj, getattr(request, PASSWORD))

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        """Lead back to the page, which shows what it came to."""
        stored = getattr(request, STORED)
        text = f"The account {obj} was changed." if stored else "Nothing was changed."
        self.message_user(request, text, messages.SUCCESS if stored else messages.INFO)
        return HttpResponseRedirect(self.page_of(obj))

    def render_change_form(  # type: ignore[override]
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Render the page, with what is to know and to do about the login."""
        account = kwargs["obj"]
        context |= {
            "title": str(account) if account else "Add a staff account",
            "subtitle": None,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        if account:
            with_state([account])
            context["is_own"] = account.pk == request.user.pk
        return super().render_change_form(request, context, **kwargs)

    def password_answer(
        self, request: HttpRequest, account: User, password: str
    ) -> HttpResponse:
        """Answer with a new password. Nothing but this answer ever has it."""
        answer = self.page(
            request, PASSWORD_SET, account, title="New password", password=password
        )
        add_never_cache_headers(answer)
        return answer

    def page(
        self, request: HttpRequest, template: str, account: User, **context: Any
    ) -> HttpResponse:
        """Answer a page about an account."""
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "account": account,
            "page": self.page_of(account),
        }
        return TemplateResponse(request, template, context)

    def page_of(self, account: User) -> str:
        """Return the address of the account's page."""
        return reverse(f"{self.admin_site.name}:auth_user_change", args=[account.pk])
