from datetime import timedelta
from io import StringIO

import jwt
import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from roles.callers import Caller
from roles.minting import mint_token
from roles.models import Role
from roles.scopes import Scope
from roles.tests.keys import public_pem
from roles.tokens import read_token

NOW = 1_800_000_000


def issue(*arguments: str) -> str:
    printed = StringIO()
    call_command("issue_token", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_prints_a_token_and_nothing_else() -> None:
    printed = issue("--system", "dhos-robot", "--scope", "read:a  write:b")

    assert printed == f"{printed.strip()}\n"
    assert read_token(printed.strip()) == Caller(
        id="dhos-robot",
        kind="system",
        system_id="dhos-robot",
        scopes=frozenset({"read:a", "write:b"}),
    )


def test_a_token_of_a_clinician() -> None:
    caller = read_token(issue("--clinician", "A1").strip())

    assert (caller.kind, caller.clinician_id) == ("clinician", "A1")
    assert caller.scopes == frozenset()


def test_all_scopes_are_those_that_the_api_checks() -> None:
    caller = read_token(issue("--system", "S", "--all-scopes").strip())

    assert caller.scopes == frozenset(Scope)


@pytest.mark.django_db
def test_roles_give_their_scopes() -> None:
    token = issue(
        *("--clinician", "A1", "--scope", "x"),
        *("--role", "SEND Entry Device", "--role", "EPR Service Adapter"),
    )

    assert read_token(token.strip()).scopes == {
        "x",
        "read:send_device",
        "read:send_entry_identifier",
        "read:send_location",
        "read:hl7_message",
        "write:hl7_message",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Nobody", "Hearsay"])
def test_an_unknown_role_is_named(name: str) -> None:
    Role.objects.create(name="Hearsay", recognised=False)

    with pytest.raises(CommandError, match=name):
        issue("--system", "S", "--role", name)


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), (None, 3600)],
)
def test_it_expires(expires: str | None, seconds: int) -> None:
    given = () if expires is None else ("--expires", expires)
    with time_machine.travel(NOW, tick=False):
        token = issue("--system", "S", *given).strip()

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == NOW + seconds


@pytest.mark.parametrize("expires", ["", "1", "d", "0d", "1.5h", "1w", "1d2h"])
def test_a_duration_that_cannot_be_read_is_refused(expires: str) -> None:
    with pytest.raises(CommandError, match="is not like 90s"):
        issue("--system", "S", "--expires", expires)


@pytest.mark.parametrize(
    "arguments", [(), ("--system", "S", "--clinician", "A1"), ("--scope", "x")]
)
def test_a_token_is_somebodys(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        issue(*arguments)


@pytest.mark.parametrize("identifier", ["", "x" * 37])
@pytest.mark.parametrize("option", ["--system", "--clinician"])
def test_an_id_has_1_to_36_characters(option: str, identifier: str) -> None:
    with pytest.raises(CommandError, match="1 to 36 characters"):
        issue(option, identifier)


def test_refused_in_production(settings: Settings) -> None:
    settings.IS_PRODUCTION = True

    with pytest.raises(CommandError, match="PRODUCTION"):
        issue("--system", "S")


def test_refused_where_the_key_is_public(settings: Settings) -> None:
    settings.HS_KEY = public_pem("a")

    with pytest.raises(CommandError, match="public key"):
        issue("--system", "S")


@pytest.mark.parametrize("unset", ["HS_KEY", "PROXY_URL"])
def test_refused_without_key_or_issuer(settings: Settings, unset: str) -> None:
    setattr(settings, unset, "")

    with pytest.raises(CommandError, match="is not set"):
        issue("--system", "S")


def test_a_token_is_not_minted_with_the_previous_key(settings: Settings) -> None:
    settings.HS_KEY_PREVIOUS = "the-previous-key-" * 4
    token = mint_token(details={}, scopes=(), lifetime=timedelta(hours=1))
    settings.HS_KEY_PREVIOUS = ""

    assert read_token(token) == Caller()
