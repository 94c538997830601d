"""Where the pages that log staff in lead to."""

from posixpath import normpath
from urllib.parse import urlsplit

from django.urls import reverse


def is_in_admin(address: str) -> bool:
    """Return whether an address on this host is one of the admin's pages."""
    path = urlsplit(address).path
    return f"{normpath(path)}/".startswith(reverse("admin:index"))
