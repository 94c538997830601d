"""Addresses of static files behind a proxy that strips a path prefix."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix
from django.utils.encoding import filepath_to_uri


class PrefixedStaticFilesStorage(StaticFilesStorage):
    """Static files under the prefix of the request that asks.

    Django keeps the first STATIC_URL it works out, so a prefix that comes with the
    request (X-Forwarded-Prefix) would never reach the pages of the admin.
    """

    def url(self, name: str | None) -> str:
        """Return the absolute path of the file, the request's prefix included."""
        return f"{get_script_prefix()}static/{filepath_to_uri(name)}"
