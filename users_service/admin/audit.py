"""The audit trail in the admin, in sentences."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinicians.models import Clinician, normalise_email
from clinicians.sentences import Told, names_of, rows_of, told
from users_service.journal.models import AuditEntry
from users_service.pages.long_lists import LongList
from users_service.pages.read_only import ReadOnly

Entries = QuerySet[AuditEntry]

ACTIONS = {
    "clinician.created": "Clinician created",
    "clinician.imported": "Clinician imported",
    "clinician.changed": "Clinician changed",
    "clinician.unlocked": "Clinician unlocked",
    "clinician.erased": "Clinician erased",
    "clinicians.exported": "Clinicians exported",
    "agreement.added": "Terms agreed to",
    "password.changed": "Password changed",
    "login.succeeded": "Login",
    "login.failed": "Failed login",
    "role.created": "Role created",
    "role.changed": "Role changed",
    "role.deleted": "Role deleted",
    "permission.created": "Permission created",
    "staff.created": "Staff account created",
    "staff.changed": "Staff account changed",
    "staff.password_changed": "Staff password changed",
    "staff.second_factor_reset": "Second factor reset",
    "staff.unlocked": "Staff account unlocked",
    "events.resent": "Messages sent again",
    "events.set_aside": "Message set aside",
    "store.emptied": "Store emptied",
    "audit.pruned": "Old entries removed",
    "audit.blanked": "Entries blanked",
}
ACTOR_KINDS = {
    "staff": "Staff",
    "clinician": "Clinician",
    "system": "System",
    "operator": "Command",
    "patient": "Patient",
    "device": "Device",
    "unknown": "Unknown",
}


class _WordsFilter(admin.SimpleListFilter):
    """Values of a column in words, without a look at all rows."""

    words: dict[str, str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the choices."""
        del request, model_admin
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """Return those of the chosen value."""
        del request
        if self.value() is None:
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value()})


class ActionFilter(_WordsFilter):
    """What was done."""

    title, parameter_name, words = "what was done", "action", ACTIONS


class ActorKindFilter(_WordsFilter):
    """Who did it: people, programs, commands."""

    title, parameter_name, words = "who did it", "actor_kind", ACTOR_KINDS


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, LongList):
    """Who did what to whom, the latest first."""

    list_display = ("when", "what", "who", "about")
    list_filter = (ActionFilter, ActorKindFilter, "created")
    search_fields = ("clinician_id__exact", "actor__exact")
    search_help_text = (
        "Exactly: a clinician's id, e-mail address or badge number, "
        "or who did it: a username of staff or an id."
    )
    ordering = ("-created", "-id")
    fields = ("when", "what", "who", "about", "action", "request_id", "details")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: Entries, search_term: str
    ) -> tuple[Entries, bool]:
        """Return the entries about or by the one who was searched for."""
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        people = Clinician.objects.filter(
            Q(email_address=normalise_email(term)) | Q(send_entry_identifier=term)
        )
        ids = {term, *people.values_list("pk", flat=True)}
        users = get_user_model().objects.filter(username=term)
        staff = {f"staff:{pk}" for pk in users.values_list("pk", flat=True)}
        wanted = Q(clinician_id__in=ids) | Q(actor__in=ids | staff)
        return queryset.filter(wanted), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the page of the list, its entries told."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = _with_names(changelist.result_list)
        return changelist

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> AuditEntry | None:
        """Return the entry of a page, told."""
        entry = super().get_object(request, object_id, from_field)
        return _with_names([entry])[0] if entry else None

    @admin.display(description="when (UTC)")
    def when(self, entry: AuditEntry) -> str:
        """When it was done."""
        return date_format(entry.created, "j F Y, H:i")

    @admin.display(description="what")
    def what(self, entry: AuditEntry) -> SafeString:
        """What was done, a line per change."""
        lines = ((sentence,) for sentence in _told(entry).what)
        return format_html_join("", "<div>{}</div>", lines)

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> str:
        """Who did it."""
        return _told(entry).who

    @admin.display(description="about whom")
    def about(self, entry: AuditEntry) -> str | None:
        """The clinician, by name; the id of one who is gone."""
        name: str | None = getattr(entry, "about_name", None)
        key: str | None = entry.clinician_id
        if name is None or key is None:
            return key
        view = f"{self.admin_site.name}:clinicians_clinician_change"
        path = reverse(view, args=[quote(key)])
        link: str = format_html('<a href="{}">{}</a>', path, name)
        return link

    @admin.display(description="changes")
    def details(self, entry: AuditEntry) -> str | None:
        """What was before and after, in a table."""
        rows = rows_of(entry)
        if not rows:
            return None
        return format_html(
            '<table><thead><tr><th scope="col">What</th><th scope="col">Before</th>'
            '<th scope="col">After</th></tr></thead><tbody>{}</tbody></table>',
            format_html_join(
                "", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows
            ),
        )


def _with_names(entries: Any) -> list[AuditEntry]:
    """Return the entries, told, with the name of the clinician each is about."""
    found: list[Any] = []
    stories = told(entries)
    ids = {story.entry.clinician_id for story in stories if story.entry.clinician_id}
    names = names_of(ids) if ids else {}
    for story in stories:
        entry: Any = story.entry
        entry.told = story
        entry.about_name = names.get(entry.clinician_id)
        found.append(entry)
    return found


def _told(entry: Any) -> Told:
    story: Told = entry.told
    return story
