"""Permissions in the admin: boxes on a role's page, and a page of their own."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote as quoted
from django.test import Client
from django.urls import reverse

from clinicians.testing import created, nothing_written
from clinicians.tests.pages import Form, staff
from roles.admin.groups import Group, group_of
from roles.models import Permission, Role

pytestmark = pytest.mark.django_db

ADAPTER = "EPR Service Adapter"
LIST = reverse("admin:roles_permission_changelist")
HOSTILE = "\"'><script>alert(1)</script>"


def url(view: str, *arguments: str) -> str:
    return reverse(f"admin:roles_{view}", args=arguments)


@pytest.mark.parametrize(
    ("name", "verb", "area"),
    [
        ("read:gdm_clinician_all", "read", "gdm"),
        ("write:location", "write", "location"),
        ("delete:gdm_sms", "delete", "gdm"),
        ("nudge:gdm_sms", "other", "gdm"),
        ("Read:gdm_sms", "other", "gdm"),
        ("read", "other", "read"),
        ("read:", "read", "other"),
        ("read:_all", "read", "other"),
        ("read:a:b_c", "read", "a:b"),
        (":", "other", "other"),
    ],
)
def test_the_group_of_a_name(name: str, verb: str, area: str) -> None:
    assert group_of(name) == Group(verb, area)


def test_boxes_are_grouped_and_counted(admin_client: Client) -> None:
    Permission.objects.create(name="nudge")

    page = admin_client.get(url("role_change", ADAPTER)).text

    assert '<h2>Read <span class="quiet">1 of 57</span></h2>' in page
    assert '<h2>Other <span class="quiet">0 of 1</span></h2>' in page
    assert page.count('name="initial-permissions"') == 3
    page = page.partition('name="initial-permissions"')[0]
    (group,) = [each for each in page.split("<fieldset>") if 'value="read:hl7' in each]
    assert group.split("</fieldset>")[0].split() == [
        *["<legend><span", 'class="visually-hidden">Read:', "</span>hl7"],
        *["<span", 'class="quiet">1', "of", "1</span></legend>"],
        *["<label><input", 'type="checkbox"', 'name="permissions"'],
        *['value="read:hl7_message"', "checked>", "read:hl7_message</label>"],
    ]
    assert page.count('name="permissions"') == Permission.objects.count()


def test_there_may_be_no_permissions(admin_client: Client) -> None:
    Role.objects.all().delete()
    Permission.objects.all().delete()

    page = admin_client.get(url("role_add")).text

    assert "There are no permissions yet." in page


def test_permissions_with_their_roles(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        page = admin_client.get(LIST).text

    adapter = '<a href="/admin/roles/role/EPR%20Service%20Adapter/change/">'
    system = '<a href="/admin/roles/role/System/change/">System</a>'
    assert (
        '<td class="field-role_count">2</td>'
        f'<td class="field-granted_by">{adapter}{ADAPTER}</a>, {system}</td>'
    ) in page
    assert '<td class="field-granted_by">no role</td>' in page


def test_permissions_are_found(admin_client: Client) -> None:
    answer = admin_client.get(LIST, {"q": "hl7"})

    found = [row.name for row in answer.context["cl"].result_list]
    assert found == ["read:hl7_message", "write:hl7_message"]


def test_the_page_of_a_permission_tells_who_grants_it(admin_client: Client) -> None:
    page = admin_client.get(url("permission_change", "read:hl7_message")).text

    assert "<h1>read:hl7_message</h1>" in page
    assert f"{ADAPTER}</a>, <a" in page
    assert 'type="submit" value="Save"' not in page


def test_an_unrecognised_role_is_explained(admin_client: Client) -> None:
    Role.objects.create(name="Hear & say", recognised=False)

    page = admin_client.get(url("role_change", "Hear & say")).text

    assert "This role is not recognised" in page
    people = "/admin/clinicians/clinician/?role=Hear+%26+say"
    assert f'<a href="{people}">list of those who have it</a>' in page
    assert "No clinician has this role." in page
    recognised = admin_client.get(url("role_change", ADAPTER)).text
    assert "This role is not recognised" not in recognised


def test_a_roles_page_tells_how_many_have_it(admin_client: Client) -> None:
    created(groups=[ADAPTER])

    page = admin_client.get(url("role_change", ADAPTER)).text

    people = "/admin/clinicians/clinician/?role=EPR+Service+Adapter"
    assert f'<a href="{people}">1 clinician</a> has this role.' in page


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_these_groups_look_and_change_nothing(group: str) -> None:
    client = staff(group)
    Role.objects.create(name="Bare")

    page = client.get(url("role_change", ADAPTER)).text
    assert '<span class="badge good">Yes</span>' in page
    assert "<dt>Read: hl7 (1)</dt>" in page
    assert "<dd>read:hl7_message</dd>" in page
    assert 'type="checkbox"' not in page
    assert "at the next login" not in page
    assert "None" in client.get(url("role_change", "Bare")).text
    for view in ("role_changelist", "permission_changelist"):
        assert client.get(url(view)).status_code == 200
    assert client.get(url("permission_change", "read:gdm_csv")).status_code == 200


@pytest.mark.parametrize("group", ["Viewers", "Support", None])
@pytest.mark.parametrize(
    ("page", "data"),
    [
        (url("role_add"), {"name": "New"}),
        (url("role_change", ADAPTER), {"permissions": "read:gdm_csv"}),
        (url("role_delete", ADAPTER), {"post": "yes"}),
        (url("permission_add"), {"name": "read:new"}),
        (url("permission_change", "read:gdm_csv"), {"name": "read:new"}),
        (url("permission_delete", "read:gdm_csv"), {"post": "yes"}),
    ],
)
def test_what_these_groups_send_is_refused(
    group: str | None, page: str, data: dict[str, str]
) -> None:
    client = staff(*([group] if group else []))

    with nothing_written():
        assert client.post(page, data).status_code == 403
    if group is None or not page.endswith("/change/"):
        assert client.get(page).status_code == 403


@pytest.mark.parametrize("group", ["Viewers", "Support"])
def test_these_groups_have_no_actions(group: str) -> None:
    data = {
        "action": "delete_roles",
        "_selected_action": [ADAPTER],
        "confirmed": "yes",
    }

    with nothing_written():
        staff(group).post(url("role_changelist"), data)

    assert Role.objects.filter(name=ADAPTER).exists()


def test_administrators_edit() -> None:
    client = staff("Administrators")

    added = Form(client, url("permission_add"), "permission_form")
    assert added.send(name="read:new").status_code == 302
    form = Form(client, url("role_add"), "role_form")
    assert form.send(name="New", permissions=["read:new"]).status_code == 302
    form = Form(client, url("role_change", "New"), "role_form")
    assert form.send(permissions=["read:gdm_csv"]).status_code == 302
    names = Role.objects.get(name="New").permissions.values_list("name", flat=True)
    assert list(names) == ["read:gdm_csv"]
    assert Form(client, url("role_delete", "New")).send().status_code == 302
    assert not Role.objects.filter(name="New").exists()


@pytest.mark.parametrize("group", ["Viewers", "Administrators"])
def test_names_are_shown_as_text(group: str) -> None:
    client = staff(group)
    permission = Permission.objects.create(name=f"read:{HOSTILE}_x")
    role = Role.objects.create(name=HOSTILE)
    role.permissions.add(permission)
    odd = Role.objects.create(name=f"{HOSTILE}?&/", recognised=False)
    pages = [
        url("role_changelist"),
        url("role_matrix"),
        url("role_matrix") + "?verb=%22%3E%3Cscript%3E&area=%22%3E%3Cscript%3E",
        url("permission_changelist"),
        # Django escapes keys for the addresses of its pages.
        *(url("role_change", quoted(each.pk)) for each in (role, odd)),
        url("permission_change", quoted(permission.pk)),
    ]
    if group == "Administrators":
        pages += [url("role_add"), url("role_delete", quoted(role.pk))]

    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text or "%3Cscript%3E" in answer.text


def test_a_hostile_name_is_among_those_to_delete(admin_client: Client) -> None:
    Role.objects.create(name=HOSTILE)
    data = {"action": "delete_roles", "_selected_action": [HOSTILE]}

    page = admin_client.post(url("role_changelist"), data).text

    assert "<li><bdi>&quot;&#x27;&gt;&lt;script&gt;" in page
    assert "<script>" not in page
