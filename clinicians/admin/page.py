"""The page of one clinician: its form, its trail and what can be done from there."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from clinicians.admin.forms import DATES, ClinicianForm, Refused
from clinicians.admin.inlines import AgreementInline, ProductInline
from clinicians.admin.login_state import login_state
from clinicians.admin.names import name_html, name_of
from clinicians.admin.saving import create, edit, refused_by
from clinicians.models import Clinician
from clinicians.sentences import names_of, told
from clinicians.services.locking import row_transaction
from clinicians.services.members import present
from clinicians.services.update import ChangedMeanwhile
from roles.callers import acting_staff
from users_service.exceptions import ServiceError
from users_service.journal.models import AuditEntry, OutboxMessage
from users_service.journal.outbox import KINDS

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Clinician]
else:
    Base = admin.ModelAdmin

Fieldset = tuple[str | None, dict[str, Any]]

LATEST = 20
"""So many entries of the trail, and messages, are on the page."""

REFUSAL = "refusal"
"""The attribute of a request that brings what was refused to the forms."""

STORED = "stored"
"""The attribute of a request that says whether anything was changed."""

WELCOME = "send_welcome_email"
CHANGE = "clinicians_clinician_change"

PERSON: Fieldset = (
    None,
    {
        "fields": (
            ("first_name", "last_name"),
            ("job_title", "phone_number"),
        )
    },
)
LOGIN: Fieldset = (
    "Login",
    {
        "fields": (
            ("email_address", "send_entry_identifier"),
            ("login_active", "contract_expiry_eod_date"),
            ("can_edit_ews", "can_edit_encounter"),
        )
    },
)
WORK: Fieldset = ("Roles and locations", {"fields": ("groups", "locations")})
BOOKMARKS: Fieldset = ("Bookmarks", {"fields": ("bookmarks", "bookmarked_patients")})
REGISTRATION: Fieldset = (
    "Registration",
    {
        "fields": (
            ("nhs_smartcard_number", "professional_registration_number"),
            ("agency_name", "agency_staff_employee_number"),
            ("booking_reference", "analytics_consent"),
        )
    },
)


def _listed(name: str, label: str) -> Any:
    """Return what shows a list to those who may not change it."""

    @admin.display(description=label)
    def listed(_admin: Any, clinician: Clinician) -> str:
        return ", ".join(sorted(present(clinician, name))) or "—"

    return listed


class ClinicianPage(Base):
    """The page's part of the clinicians' admin.

    What is refused by a service, after the forms have been found well-formed, sends the
    request through Django's view once more, this time with the refusal beside the
    fields.
    """

    form = ClinicianForm
    inlines = (ProductInline, AgreementInline)
    fieldsets: ClassVar[Any] = (PERSON, LOGIN, WORK, REGISTRATION, BOOKMARKS)
    formfield_overrides = DATES
    groups = _listed("groups", "Roles")
    locations = _listed("locations", "Locations")
    bookmarks = _listed("bookmarks", "Bookmarked locations")
    bookmarked_patients = _listed("bookmarked_patients", "Bookmarked patients")
    change_form_template = "admin/clinicians/clinician/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: `manage.py erase_clinician` does what a request for that needs."""
        del request, obj
        return False

    def get_inlines(self, request: HttpRequest, obj: Clinician | None) -> Any:
        """Return the tables; nobody has agreed to anything before being added."""
        del request
        return (ProductInline,) if obj is None else self.inlines

    def get_form(
        self,
        request: HttpRequest,
        obj: Clinician | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the form's class, which knows what was refused."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.refused, form.stale = _refusal(request)
        return form

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Yield the tables, which know what was refused."""
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.refused = _refusal(request)[0]
            yield formset, inline

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Answer the page; what a service refuses is said on it."""
        arguments = (request, object_id, form_url, extra_context)
        view = super().changeform_view
        try:
            # Around Django's own transaction, so that a deadlock is tried again, and
            # who waits for a place to lock holds no connection.
            return (row_transaction(view) if request.method == "POST" else view)(
                *arguments
            )
        except ServiceError as error:
            stale = error.errors if isinstance(error, ChangedMeanwhile) else ()
            setattr(request, REFUSAL, (refused_by(error), stale))
            return view(*arguments)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Store nothing yet: fields and tables are stored together."""

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Store what the page changed. Raises ServiceError."""
        actor, products = acting_staff(request), formsets[0]
        if change:
            clinician_id = form.instance.pk
            stored = edit(
                actor=actor, clinician_id=clinician_id, form=form, formset=products
            )
            setattr(request, STORED, stored)
        else:
            welcome = WELCOME in request.POST
            form.instance.pk = create(
                actor=actor, form=form, formset=products, welcome=welcome
            )

    def construct_change_message(self, *_: Any, **__: Any) -> Any:
        """Return nothing: the audit trail has it."""
        return []

    def log_addition(self, *_: Any) -> Any:
        """Leave it to the audit trail."""

    def log_change(self, *_: Any) -> Any:
        """Leave it to the audit trail."""

    def response_add(
        self, request: HttpRequest, obj: Clinician, post_url_continue: Any = None
    ) -> HttpResponse:
        """Lead to the new clinician's page."""
        text = format_html("{} was added.", name_html(obj))
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(obj))

    def response_change(self, request: HttpRequest, obj: Clinician) -> HttpResponse:
        """Lead back to the page, which shows what it came to."""
        stored = getattr(request, STORED)
        text = "Nothing was changed."
        if stored:
            text = format_html("{} was changed.", name_html(obj))
        self.message_user(request, text, messages.SUCCESS if stored else messages.INFO)
        return HttpResponseRedirect(self.page_of(obj))

    def page_of(self, clinician: Clinician) -> str:
        """Return the address of the clinician's page."""
        return reverse(f"{self.admin_site.name}:{CHANGE}", args=[quote(clinician.pk)])

    def render_change_form(  # type: ignore[override]
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Render the page, with what support staff want to know besides the form."""
        welcome = request.method == "GET" or WELCOME in request.POST
        context |= {
            "title": "Add a clinician",
            "subtitle": None,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "welcome": welcome,
        }
        if kwargs["obj"] is not None:
            context |= _about(kwargs["obj"])
        return super().render_change_form(request, context, **kwargs)


def _refusal(request: HttpRequest) -> tuple[Refused, Collection[str]]:
    refusal: tuple[Refused, Collection[str]] = getattr(request, REFUSAL, ({}, ()))
    return refusal


def _about(clinician: Clinician) -> dict[str, Any]:
    """Return what the page of a stored clinician shows apart from its form."""
    entries = AuditEntry.objects.about(clinician.pk).newest_first()[:LATEST]
    messages_of = OutboxMessage.objects.filter(clinician_id=clinician.pk)
    names = names_of({clinician.created_by, clinician.modified_by})
    latest = messages_of.defer("body").order_by("-id")[:LATEST]
    return {
        "title": name_of(clinician),
        "login_state": login_state(clinician),
        "created_by": names.get(clinician.created_by, clinician.created_by),
        "modified_by": names.get(clinician.modified_by, clinician.modified_by),
        "trail": told(entries),
        "events": [
            (KINDS.get(each.routing_key, each.routing_key), each) for each in latest
        ],
    }
