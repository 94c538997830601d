"""Conditional reads (RFC 9110, `If-None-Match`)."""

from django.utils.http import parse_etags


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether a reader who sent this header has what `etag` names already.

    The comparison is weak, as the RFC asks: a `W/` before a tag does not count.
    """
    if not if_none_match:
        return False
    given = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    return bool(etag) and ("*" in given or etag.removeprefix("W/") in given)
