"""Text of others among our own: its writing direction must not reach what is beside it.

A name may hold direction marks, and overrides as well. HTML isolates it by <bdi>; where
there is only text (titles, labels, sentences), Unicode's isolates do.
"""

import unicodedata

from django.utils.html import format_html
from django.utils.safestring import SafeString

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
INITIATORS = {"LRI", "RLI", "FSI"}
LEFT_TO_RIGHT = {"L", "EN", "ES", "ET", "CS", "ON", "WS", "S", "B", "NSM", "BN", ""}


def bdi(text: str) -> SafeString:
    """Return HTML in which the text is isolated."""
    return format_html("<bdi>{}</bdi>", text)


def isolated(text: str) -> str:
    """Return text that is isolated, if anything in it is not simply left-to-right."""
    classes = [unicodedata.bidirectional(each) for each in text]
    if LEFT_TO_RIGHT.issuperset(classes):
        return text
    left_open, closed_early = 0, 0
    for each in classes:
        if each in INITIATORS:
            left_open += 1
        elif each == "PDI" and left_open:
            left_open -= 1
        elif each == "PDI":
            closed_early += 1
    before = FIRST_STRONG_ISOLATE * (1 + closed_early)
    return f"{before}{text}{POP_ISOLATE * (1 + left_open)}"
