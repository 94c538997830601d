"""Pages of the admin as a browser has them: opened, filled in and sent."""

from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from clinicians.testing import settled

Fields = dict[str, list[str]]


def staff(*groups: str, username: str = "jane") -> Client:
    """Return a browser in which a member of these staff groups is logged in."""
    user = User.objects.create_user(username, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def page_of(clinician_id: str) -> str:
    """Return the address of a clinician's page."""
    return reverse("admin:clinicians_clinician_change", args=[clinician_id])


class Form:
    """The form of an opened page, to be filled in."""

    def __init__(self, client: Client, path: str, form_id: str = "") -> None:
        self.client, self.path = client, path
        answer = client.get(path)
        assert answer.status_code == 200
        self.fields = fields_of(answer.content.decode(), form_id)

    def send(self, **changes: Any) -> Any:
        """Send it with some fields set to a value, a list of values, or None."""
        data = dict(self.fields)
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value if isinstance(value, list) else [value]
        return self.client.post(self.path, data)


def edited(client: Client, clinician_id: str, **changes: Any) -> Any:
    """Open a clinician's page, change fields and save; return the answer."""
    return Form(client, page_of(clinician_id), "clinician_form").send(**changes)


def saved(client: Client, **changes: Any) -> None:
    """Change fields on the page of the clinician `ada`; check that it was saved."""
    answer = edited(client, "ada", **changes)
    assert answer.status_code == 302, errors_of(answer)
    assert answer["Location"] == page_of("ada")


def ada(**changes: Any) -> str:
    """Store the clinician `ada`, with an empty journal behind it; return its id."""
    body = settled(**{"uuid": "ada", "email_address": "ada@example.com", **changes})
    return str(body["uuid"])


def opened(name: str, **fields: Any) -> dict[str, Any]:
    """Return a product as a request has it."""
    return {"product_name": name, "opened_date": "2024-01-31", **fields}


def errors_of(answer: Any) -> dict[str, list[str]]:
    """Return what a page that was sent says beside its fields, and above them ("")."""
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    errors = {
        name.replace("__all__", ""): list(each) for name, each in form.errors.items()
    }
    for table in answer.context["inline_admin_formsets"]:
        formset = table.formset
        if of_all := formset.non_form_errors():
            errors[formset.prefix] = list(of_all)
        for number, each in enumerate(formset.errors):
            for name, messages in each.items():
                key = f"{formset.prefix}-{number}-{name.replace('__all__', '')}"
                errors[key] = list(messages)
    return errors


def fields_of(page: str, form_id: str = "") -> Fields:
    """Return what a browser would send of a form that nobody touched."""
    parser = _Parser(form_id)
    parser.feed(page)
    return parser.fields


class _Parser(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self.form_id, self.inside, self.select = form_id, False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id", "") == self.form_id
        if not self.inside:
            return
        if tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and self.select and "selected" in given:
            self._add(self.select, given.get("value", ""))
        elif tag == "input" and _is_sent(given):
            self._add(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def _is_sent(given: dict[str, str]) -> bool:
    kind = given.get("type", "text")
    if not given.get("name") or kind in ("submit", "button", "image", "reset"):
        return False
    if kind == "checkbox":
        given.setdefault("value", "on")
    return kind not in ("checkbox", "radio") or "checked" in given
