"""manage.py create_staff: a login for the admin."""

import secrets
import sys
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from users_service.apps import STAFF_GROUPS


class Command(BaseCommand):
    """Make a staff account; staff are Django's users, and never clinicians."""

    help = "Make a login for the admin. Without --password-stdin one is generated."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME, --email, --group, --superuser and --password-stdin."""
        parser.add_argument("name")
        parser.add_argument("--email", default="")
        parser.add_argument("--group", action="append", default=[], dest="groups")
        parser.add_argument("--superuser", action="store_true")
        parser.add_argument("--password-stdin", action="store_true")

    def handle(self, **options: Any) -> None:
        """Make the account.

        Raises CommandError for an existing name, an unknown group or a password that
        the validators refuse; nothing is written then.
        """
        user = User(
            username=options["name"],
            email=options["email"],
            is_staff=True,
            is_superuser=options["superuser"],
        )
        generated = None if options["password_stdin"] else secrets.token_urlsafe(15)
        password = generated or self._read_password()
        user.set_password(password)
        self._save(user, password, options["groups"])
        self.stdout.write(f"Made the staff account {user.username}.")
        if generated:
            self.stdout.write(f"Password, shown only now: {generated}")

    def _read_password(self) -> str:
        return sys.stdin.readline().rstrip("\r\n")

    def _save(self, user: User, password: str, groups: list[str]) -> None:
        try:
            with transaction.atomic():
                validate_password(password, user)
                user.full_clean(exclude=["password"], validate_unique=False)
                user.save(force_insert=True)
                user.groups.set([self._group(name) for name in groups])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except IntegrityError:
            raise CommandError(
                f"There is a staff account {user.username} already"
            ) from None

    def _group(self, name: str) -> Group:
        try:
            return Group.objects.get(name=name)
        except Group.DoesNotExist:
            known = ", ".join(STAFF_GROUPS)
            raise CommandError(f"There is no group {name}; write: {known}") from None
