"""E-mail addresses in a query string."""

import re

# The dot that is asked for is the first that may be it: any would take the square of
# the length to try.
ADDRESS = re.compile(r"[^@]+@[^@][^@.]*\.[^@]+")


def looks_like_address(text: str) -> bool:
    """Whether the text is something@something.something (nothing more is asked)."""
    return ADDRESS.fullmatch(text.strip()) is not None
