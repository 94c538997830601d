"""Characters that a reader cannot see, in addresses and in messages."""

import unicodedata
from typing import Any

INVISIBLE = frozenset({"Cf", "Cc", "Zl", "Zp", "Zs"})
"""Unicode categories of format and control characters, separators and blanks."""


def is_invisible(character: str) -> bool:
    """Return whether the character leaves no mark, the plain space included."""
    return unicodedata.category(character) in INVISIBLE


def has_invisible(text: str) -> bool:
    """Return whether a character of the text is invisible."""
    return any(map(is_invisible, text))


def show_invisible(text: str) -> str:
    r"""Return the text with invisible characters but plain spaces as `\u00a0`."""
    return "".join(
        f"\\u{ord(each):04x}" if each != " " and is_invisible(each) else each
        for each in text
    )


def trimmed(value: Any) -> str:
    """Return the text without the Unicode blanks at both ends."""
    return str(value).strip()
