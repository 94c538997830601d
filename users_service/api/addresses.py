"""E-mail addresses: what is asked of one in a query string, and of one to store."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email

from users_service.api.invisible import has_invisible, show_invisible

# The dot that is asked for is the first that may be it: any would take the square of
# the length to try.
ADDRESS = re.compile(r"[^@]+@[^@][^@.]*\.[^@]+")


def looks_like_address(text: str) -> bool:
    """Whether the text is something@something.something (nothing more is asked)."""
    return ADDRESS.fullmatch(text.strip()) is not None


def validate_address(address: str) -> None:
    """Refuse what does not look like an e-mail address, or hides a character.

    Raises Django's ValidationError.
    """
    if has_invisible(address.replace(" ", "")):
        shown = show_invisible(address)
        raise ValidationError(f"An invisible character is in '{shown}'.")
    validate_email(address)
    if " " in address:  # which Django takes within quotes
        raise ValidationError(EmailValidator.message)
