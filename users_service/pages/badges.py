"""Small words that tell the state of something."""

from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

Kind = Literal["good", "bad", "warn", "quiet"]


def badge(kind: Kind, word: str) -> SafeString:
    """Return a word as a badge; its colour says nothing that the word does not."""
    return format_html('<span class="badge {}">{}</span>', kind, word)
