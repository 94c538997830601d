"""Names with direction marks do not turn what is beside them on pages."""

import re
import unicodedata

import pytest
from django.test import Client
from django.urls import reverse

from clinicians.testing import Api, created
from clinicians.tests.pages import page_of
from users_service.pages.isolation import bdi, isolated

RLO, PDI, RLI = "\u202e", "\u2069", "\u2067"
LAST = f"Tide{RLO}water"
ROLE = f"Ward{RLO}"
CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# The browser isolates cells and list items from each other; what a form holds is alone.
ALONE = re.compile(r"<(?:input|option|textarea|title|h1)\b[^>]*>[^<]*|<bdi>[^<]*</bdi>")


def unisolated(html: str) -> list[str]:
    """Return the texts in which an override or an isolate is left open, or turns."""
    text = ALONE.sub("", html)
    return [each for each in re.findall(">([^<]+)<", text) if is_open(each)]


def is_open(text: str) -> bool:
    depth = 0
    for each in text:
        kind = unicodedata.bidirectional(each)
        depth += (kind in ("LRI", "RLI", "FSI")) - (kind == "PDI")
        if depth < 0 or (depth == 0 and kind in ("RLO", "LRO", "RLE", "LRE")):
            return True
    return depth != 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Zoë-Fernweh 7", "Ada Zoë-Fernweh 7"),
        ("", ""),
        ("\u05e9\u05dc", "\u2068\u05e9\u05dc\u2069"),
        (LAST, f"\u2068{LAST}\u2069"),
        (f"a{PDI}b", f"\u2068\u2068a{PDI}b\u2069"),
        (f"a{RLI}b", f"\u2068a{RLI}b\u2069\u2069"),
    ],
)
def test_text_is_isolated_whatever_it_holds(text: str, expected: str) -> None:
    assert isolated(text) == expected


def test_names_are_isolated_and_escaped_in_html() -> None:
    assert bdi("<b>") == "<bdi>&lt;b&gt;</bdi>"


@pytest.mark.django_db
def test_pages_isolate_names_with_direction_marks(admin_client: Client) -> None:
    created(uuid="ada", first_name="Ada", last_name=LAST, groups=["SEND Clinician"])
    Api().patch("/dhos/v1/clinician/ada", {"last_name": f"{LAST}s", "job_title": RLO})
    Api().patch("/dhos/v1/clinician/ada", {"last_name": LAST, "locations": [ROLE]})
    listed = reverse("admin:clinicians_clinician_changelist")
    chosen = {"action": "deactivate", "_selected_action": ["ada"]}
    pages = {
        "list": admin_client.get(listed),
        "page": admin_client.get(page_of("ada")),
        "trail": admin_client.get(reverse("admin:journal_auditentry_changelist")),
        "messages": admin_client.get(reverse("admin:journal_outboxmessage_changelist")),
        "confirmation": admin_client.post(listed, chosen),
        "password": admin_client.get(f"{page_of('ada')}".replace("change", "password")),
    }
    for name, answer in pages.items():
        assert answer.status_code == 200, name
        html = answer.content.decode()
        assert RLO in html, name
        assert unisolated(html) == [], name
