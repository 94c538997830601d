"""Fill a store with invented clinicians: `manage.py create_demo_clinicians --help`."""

import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinicians.hashers import PolarisScryptPasswordHasher
from clinicians.models import Clinician
from clinicians.serializers.checking import bulk_check
from clinicians.services.bulk import create_in_bulk
from roles.callers import Caller
from users_service.exceptions import ServiceError
from users_service.local_date import today

ACTOR = Caller(id="demo", kind="system", system_id="demo")
DEFAULT_NUMBER = 300
LARGEST_NUMBER = 10_000

# 29 and 27 names have no common divisor, so 783 full names go by before one returns.
_FIRST = """
    Abril Benno Cosima Dario Elowen Fenn Greta Hal Ines Joris Kaya Lior Mina Nuno
    Odile Pim Quill Rosa Sanna Tove Uri Vida Wim Xenia Yara Zeno Åsa Chloë Íris
"""
_LAST = """
    Applewick Brambleby Cottersong Dunmarrow Elderfold Fennimoor Gladewell Hartenby
    Inkersole Jessamere Kettlebrook Larkhaven Mistlethorn Nettleford Oakenshaw
    Pennywhistle Quillfeather Rookstead Silverdale-Moss Thistledown Underbough
    Vetchley Willowmark Yarrowby Zellerquist O'Marrow Ørnstrand
"""
FIRST_NAMES = tuple(_FIRST.split())
LAST_NAMES = tuple(_LAST.split())


class Post(NamedTuple):
    """What somebody does, with the products and roles that go with it."""

    job_title: str
    products: tuple[str, ...]
    roles: tuple[str, ...]


POSTS = (
    Post("midwife", ("GDM",), ("GDM Clinician",)),
    Post("nurse", ("SEND",), ("SEND Clinician",)),
    Post("nurse", ("SEND",), ("SEND Clinician", "SEND Entry Clinician")),
    Post("midwife", ("GDM", "DBM"), ("GDM Clinician", "DBM Clinician")),
    Post("doctor", ("SEND",), ("SEND Superclinician",)),
    Post("healthcare assistant", ("SEND",), ("SEND Clinician",)),
    Post("diabetes specialist", ("DBM",), ("DBM Clinician", "DBM Superclinician")),
    Post("lead midwife", ("GDM",), ("GDM Superclinician",)),
    Post("consultant", ("GDM", "SEND"), ("GDM Superclinician", "SEND Superclinician")),
    Post("ward administrator", ("SEND",), ("SEND Administrator",)),
    Post("clinic administrator", ("GDM",), ("GDM Administrator",)),
)
LOCATIONS = tuple(f"demo-ward-{number:02}" for number in range(1, 13))


class Command(BaseCommand):
    """Add invented clinicians, outside PRODUCTION; those there already stay."""

    help = "Add invented clinicians (not in PRODUCTION); run again, it adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define how many, and whether they can log in."""
        parser.add_argument("--number", type=int, default=DEFAULT_NUMBER)
        parser.add_argument(
            "--with-password",
            action="store_true",
            help="give those who are added one password, and print it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add those who are missing; CommandError where that may not or cannot be."""
        if settings.IS_PRODUCTION:
            raise CommandError("Invented clinicians have no place in PRODUCTION.")
        number = options["number"]
        if not 1 <= number <= LARGEST_NUMBER:
            raise CommandError(f"--number is from 1 to {LARGEST_NUMBER}.")
        missing = _missing(number)
        if not missing:
            self.stdout.write(f"Nothing added: all {number} are there already.")
            return
        password = secrets.token_urlsafe(12) if options["with_password"] else None
        try:
            added = _add(missing, password)
        except ServiceError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{added} clinicians added, of {number}.")
        if password:
            example = _address(missing[0])
            self.stdout.write(f"Their password is {password}, one is {example}")


def _missing(number: int) -> list[int]:
    stored = Clinician.objects.filter(uuid__startswith="demo-clinician-")
    ids = set(stored.values_list("uuid", flat=True))
    return [index for index in range(number) if _id(index) not in ids]


def _add(indexes: list[int], password: str | None) -> int:
    secret = _legacy_secret(password) if password else {}
    items = bulk_check().all_of([demo_clinician(index) | secret for index in indexes])
    return create_in_bulk(actor=ACTOR, items=items)


def _legacy_secret(password: str) -> dict[str, str]:
    """Hash the password once for all: a bulk creation takes legacy hashes only."""
    hasher = PolarisScryptPasswordHasher()
    salt = hasher.salt()
    digest = hasher.decode(hasher.encode(password, salt))["hash"]
    return {"password_hash": digest, "password_salt": salt}


def demo_clinician(index: int) -> dict[str, Any]:
    """Return an invented clinician, always the same for one index and day.

    An item of a bulk request. Every ninth is temporary, and of those every third has
    a contract that is over; every twentieth is inactive.
    """
    post = POSTS[index % len(POSTS)]
    temporary = _every(9, index)
    return {
        "uuid": _id(index),
        "first_name": FIRST_NAMES[index % len(FIRST_NAMES)],
        "last_name": LAST_NAMES[index % len(LAST_NAMES)],
        "email_address": _address(index),
        "phone_number": f"07700 {900_000 + index}",
        "job_title": post.job_title,
        "nhs_smartcard_number": f"{555_000_000_000 + index}" if index % 3 else "",
        "send_entry_identifier": _badge(index, post, temporary=temporary),
        "agency_name": "Invented Staffing" if temporary else None,
        "contract_expiry_eod_date": _contract_end(index) if temporary else None,
        "login_active": not _every(20, index),
        "can_edit_ews": post.roles == ("SEND Superclinician",) and not temporary,
        "groups": list(post.roles),
        "locations": _some(LOCATIONS, index, 1 + index % 4),
        "products": _products(index, post),
        "bookmarks": _some(LOCATIONS, index * 5, index % 3),
    }


def _id(index: int) -> str:
    return f"demo-clinician-{index:05}"


def _every(number: int, index: int) -> bool:
    return index % number == number // 2


def _address(index: int) -> str:
    return f"demo{index:05}@clinicians.example"


def _badge(index: int, post: Post, *, temporary: bool) -> str | None:
    if "SEND" not in post.products:
        return None
    return f"@{index:09}" if temporary else f"{800_000 + index}"


def _contract_end(index: int) -> str:
    days = -30 - index if _every(27, index) else 30 + index
    return (today() + timedelta(days=days)).isoformat()


def _some(names: tuple[str, ...], start: int, number: int) -> list[str]:
    return [names[(start + step) % len(names)] for step in range(number)]


def _products(index: int, post: Post) -> list[dict[str, Any]]:
    opened = today() - timedelta(days=400 + index % 700)
    products: list[dict[str, Any]] = [
        {"product_name": name, "opened_date": opened.isoformat()}
        for name in post.products
    ]
    if _every(8, index) and "DBM" not in post.products:
        closed = opened + timedelta(days=90)
        products.append(
            {
                "product_name": "DBM",
                "opened_date": opened.isoformat(),
                "closed_date": closed.isoformat(),
                "closed_reason": "Moved to another ward",
            }
        )
    return products
