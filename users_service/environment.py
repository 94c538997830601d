"""Typed readers of environment variables.

Each returns the variable's value, or the default where it is unset or empty (a
compose file passes an unset variable on as an empty one), and raises
ImproperlyConfigured that names the variable, says what is wrong with it and shows
what to write instead. A value is never repeated: it may be a secret.
"""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

FLAGS = {"true": True, "1": True, "false": False, "0": False}


def fault(name: str, wrong: str, example: str) -> ImproperlyConfigured:
    """Return the error that names the variable and shows what to write."""
    return ImproperlyConfigured(f"{name} {wrong}. Write for example: {name}={example}")


def text(name: str, default: str = "") -> str:
    """Return the variable as it stands."""
    return os.environ.get(name) or default


def required(name: str, reason: str, example: str) -> str:
    """Return the variable as it stands; raise, giving the reason, where it is unset."""
    if value := text(name):
        return value
    raise fault(name, f"is not set, but {reason}", example)


def flag(name: str, *, default: bool) -> bool:
    """Return true/false/1/0, in any letter case, as a boolean."""
    value = text(name).lower()
    if not value:
        return default
    if value not in FLAGS:
        raise fault(name, "is none of true, false, 1 and 0", str(default).lower())
    return FLAGS[value]


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Return decimal digits as an integer between minimum and maximum, inclusive."""
    return _integer(name, text(name, str(default)), default, minimum, maximum)


def integers(name: str, default: int, *, minimum: int, maximum: int) -> list[int]:
    """Return comma separated integers, at least one; trimmed, each as `integer`."""
    values = text(name, str(default)).split(",")
    return [_integer(name, each.strip(), default, minimum, maximum) for each in values]


def _integer(name: str, value: str, default: int, minimum: int, maximum: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(maximum))):
        raise fault(name, f"is not a number up to {maximum}", str(default))
    if not minimum <= int(value) <= maximum:
        raise fault(name, f"is not between {minimum} and {maximum}", str(default))
    return int(value)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices (written in upper case), given in any letter case."""
    value = text(name, default).upper()
    if value not in choices:
        raise fault(name, f"is none of {', '.join(choices)}", default)
    return value


def time_zone(name: str, default: str) -> str:
    """Return the name of a time zone, such as Europe/London."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise fault(name, "is no time zone of the IANA database", default) from None
    return value


def choice_or_none(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices (in lower case); set and empty, it is none: ""."""
    value = os.environ.get(name, default).lower()
    if value and value not in choices:
        raise fault(name, f"is neither empty nor one of {', '.join(choices)}", default)
    return value


def folder(name: str) -> str:
    """Return the path of a folder in which files can be made; "" where it is unset."""
    value = text(name)
    if value and not (Path(value).is_dir() and os.access(value, os.W_OK | os.X_OK)):
        raise fault(name, "is no folder that can be written to", "/srv/spool")
    return value


def listing(name: str, default: str = "") -> list[str]:
    """Return comma separated values, trimmed, without empty ones."""
    values = (value.strip() for value in text(name, default).split(","))
    return [value for value in values if value]
