"""E-mail addresses in a query string."""

import re

ADDRESS = re.compile(r"[^@]+@[^@]+\.[^@]+", re.DOTALL)


def looks_like_address(text: str) -> bool:
    """Whether the text is something@something.something (nothing more is asked)."""
    return ADDRESS.fullmatch(text.strip()) is not None
