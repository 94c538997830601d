"""No way to bring passwords' hashes along takes one that would attack a login."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from clinicians.hashers import LEGACY_PREFIX, MOST_MEMORY, MOST_PASSES
from clinicians.models import REQUIRED, Clinician
from clinicians.testing import Api, clinician_body, nothing_written, problem_of
from clinicians.tests import legacy_database
from clinicians.tests.files import imported, item, ndjson
from clinicians.tests.legacy_database import LegacyDatabase

pytestmark = pytest.mark.django_db
polaris = legacy_database.polaris

SALT = "c29tZXNhbHRzb21lc2FsdA"
DIGEST = "vK0QpL8a2dH4y9w1uR7mZQ5tXn3bE6sJfCgAiOlUhDk"
GOOD_HASH, GOOD_SALT = "0f" * 256, "A1" * 16
LINES = "A1" * 15


def argon2(costs: str, kind: str = "argon2id", version: int = 19) -> str:
    return f"argon2${kind}$v={version}${costs}${SALT}${DIGEST}"


STORED = {
    "memory a little over": argon2(f"m={MOST_MEMORY + 1},t=2,p=1"),
    "passes a little over": argon2(f"m=19456,t={MOST_PASSES + 1},p=1"),
    "terabytes": argon2("m=4294967295,t=2,p=1"),
    "years": argon2("m=19456,t=4294967295,p=1"),
    "lanes": argon2("m=19456,t=2,p=16777215"),
    "no costs": argon2("m=0,t=0,p=0"),
    "costs below nothing": argon2("m=-1,t=-1,p=-1"),
    "costs twice": argon2("m=19456,t=2,p=1,t=999999"),
    "costs in other digits": argon2("m=\uff11\uff19\uff14\uff15\uff16,t=2,p=1"),
    "argon2i": argon2("m=19456,t=2,p=1", kind="argon2i"),
    "argon2d": argon2("m=19456,t=2,p=1", kind="argon2d"),
    "an old version": argon2("m=19456,t=2,p=1", version=16),
    "pbkdf2": PBKDF2PasswordHasher().encode("x", "salt", iterations=1),
    "pbkdf2 of years": f"pbkdf2_sha256$99999999999${SALT}${DIGEST}=",
    "bcrypt of days": f"bcrypt$$2b$31${SALT}{DIGEST[:31]}",
    "scrypt of terabytes": f"scrypt$1073741824${SALT}$1024$1024${DIGEST}",
    "a digest without salt": "md5$$5f4dcc3b5aa765d61d8327deb882cf99",
    "an unknown algorithm": f"rot13${SALT}${DIGEST}",
    "a class to import": f"os.system${SALT}${DIGEST}",
    "the password itself": "correct horse",
    "a mark for none": "!",
    "a NUL": f"{argon2('m=19456,t=2,p=1')}\0",
    "a NUL in the salt": argon2("m=19456,t=2,p=1").replace(SALT, f"{SALT}\0"),
    "a line more": f"{argon2('m=19456,t=2,p=1')}\n",
    "a megabyte": argon2("m=19456,t=2,p=1") + "A" * 2**20,
    "a legacy hash cut off": f"{LEGACY_PREFIX}{GOOD_SALT}${GOOD_HASH[:-1]}",
    "a legacy salt without end": f"{LEGACY_PREFIX}{'A' * 2**16}${GOOD_HASH}",
}
LEGACY = {
    "cut off": (GOOD_HASH[:-1], GOOD_SALT),
    "too long": (GOOD_HASH + "0", GOOD_SALT),
    "a megabyte": (GOOD_HASH * 2048, GOOD_SALT),
    "no digits": ("0g" * 256, GOOD_SALT),
    "other digits": ("\N{ARABIC-INDIC DIGIT ZERO}f" * 256, GOOD_SALT),
    "a line more": (f"{GOOD_HASH}\n", GOOD_SALT),
    "another algorithm": (argon2("m=19456,t=2,p=1"), GOOD_SALT),
    "empty": ("", ""),
    "a short salt": (GOOD_HASH, GOOD_SALT[:-1]),
    "a salt without end": (GOOD_HASH, "A" * 2**16),
    "a salt with blanks": (GOOD_HASH, f"{LINES} \t"),
    "a salt with lines": (GOOD_HASH, f"{LINES}\r\n"),
    "a salt that is not ASCII": (GOOD_HASH, f"{LINES}éé"),
}
"""Hash and salt."""

HALVES = {
    "one without the other": (GOOD_HASH, None),
    "the other without the one": (None, GOOD_SALT),
}
"""What a Polaris database may hold for a clinician who has no password."""

NULS = {
    "a NUL": (f"{GOOD_HASH[:-1]}\0", GOOD_SALT),
    "a NUL in the salt": (GOOD_HASH, f"{LINES}\0\0"),
}
"""What PostgreSQL, and so a Polaris database, cannot hold."""

EVERY: dict[str, tuple[str | None, str | None]] = {**LEGACY, **HALVES, **NULS}


def pair(legacy: tuple[str | None, str | None]) -> dict[str, str | None]:
    return dict(zip(("password_hash", "password_salt"), legacy, strict=True))


@pytest.mark.parametrize("legacy", EVERY.values(), ids=EVERY)
def test_the_bulk_route_refuses_it(legacy: tuple[str | None, str | None]) -> None:
    good = clinician_body(uuid="good")
    bad = clinician_body(uuid="bad", **pair(legacy))
    with nothing_written():
        answer = Api().post("/dhos/v1/clinician/bulk", [good, bad])

    status, errors = problem_of(answer)
    assert status == 400
    assert {name.rpartition(".")[2] for name in errors} <= {*pair(legacy)}


@pytest.mark.parametrize("text", STORED.values(), ids=STORED)
def test_the_bulk_route_takes_no_stored_text_at_all(text: str) -> None:
    body = clinician_body(uuid="ada", password=text)
    answer = Api().post("/dhos/v1/clinician/bulk", [body])

    assert answer.status_code in (200, 400)
    assert not Clinician.objects.exclude(password=None).exists()


def test_an_import_of_json_refuses_all_of_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    secrets: list[dict[str, Any]] = [{"password": text} for text in STORED.values()]
    secrets += map(pair, EVERY.values())
    secrets += [{"password": each} for each in (1, True, [], {}, ["x"], {"x": 1})]
    items = [item(f"c{at}", **each) for at, each in enumerate(secrets)]
    path = ndjson(tmp_path / "file", items)
    with nothing_written():
        told = imported(path, "--continue-on-error", "--by", "jane")

    assert told.counts() == {"refused": len(secrets)}
    assert tells_nothing(told.both)
    record_property("figure", f"{len(secrets)} hostile hashes, all refused")


def tells_nothing(text: str) -> bool:
    parts = (SALT, DIGEST, GOOD_HASH[:64], GOOD_SALT, "correct horse")
    return not [part for part in parts if part in text]


def test_an_import_of_csv_refuses_all_of_it(tmp_path: Path) -> None:
    columns = ["uuid", *REQUIRED, "products", "password", *pair(("", ""))]
    held = [[text, "", ""] for text in STORED.values() if "\0" not in text]
    pairs = [each for name, each in (LEGACY | HALVES).items() if name != "empty"]
    held += [["", hashed or "", salt or ""] for hashed, salt in pairs]
    path = tmp_path / "file.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [
            [f"c{at}", *("x" for _ in REQUIRED), "GDM", *cells]
            for at, cells in enumerate(held)
        ]
        csv.writer(file).writerows([columns, *rows])
    with nothing_written():
        told = imported(path, "--continue-on-error", "--by", "jane")

    assert told.counts() == {"refused": len(held)}
    assert tells_nothing(told.both)


@pytest.mark.parametrize("legacy", LEGACY.values(), ids=LEGACY)
def test_moving_over_from_polaris_refuses_it(
    polaris: LegacyDatabase, legacy: tuple[str | None, str | None]
) -> None:
    polaris.add_user("good")
    polaris.add_user("bad", **pair(legacy))
    with nothing_written():
        told = polaris.refused()

    assert "bad" in told.everything
    assert tells_nothing(told.everything)
