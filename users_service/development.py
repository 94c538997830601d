"""What `make run` does on a developer's machine, and the keys it keeps there.

The settings default to PRODUCTION and refuse to start without keys. A checkout in
which nobody has set ENVIRONMENT gets its own, in a file that git and the image
leave out; `manage.py` run by hand finds the same ones.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PROJECT = Path(__file__).resolve().parent.parent
KEY_FILE = PROJECT / ".env.development"


def load_development_environment(key_file: Path = KEY_FILE) -> None:
    """Fill `os.environ` from the key file, where ENVIRONMENT is unset (or empty).

    Another variable that is set already stays. Without the file nothing happens.
    """
    if os.environ.get("ENVIRONMENT") or not key_file.exists():
        return
    for line in key_file.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ[name] = os.environ.get(name) or value


def write_development_keys(key_file: Path = KEY_FILE) -> None:
    """Make the key file, readable by its owner only; one that exists stays.

    PROXY_URL is stored as well: tokens name it as their issuer, so it has to be the
    same for the server and for `make token`.
    """
    variables = {
        "ENVIRONMENT": "DEVELOPMENT",
        "PROXY_URL": f"http://127.0.0.1:{os.environ.get('SERVER_PORT', '5000')}",
        "HS_KEY": secrets.token_urlsafe(64),
        "SECRET_KEY": secrets.token_urlsafe(64),
    }
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())


def prepare_database() -> None:
    """Migrate; in DEVELOPMENT make a staff login, unless there is one."""
    import django  # noqa: PLC0415 (settings are read from here on)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    if os.environ.get("ENVIRONMENT") == "DEVELOPMENT":
        _create_first_staff_login()


def _create_first_staff_login() -> None:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    if not get_user_model()._default_manager.filter(is_superuser=True).exists():
        call_command("create_staff", "admin", superuser=True)


def _start_publisher() -> None:
    """Run a publisher beside the server, which this process becomes; it ends with it.

    The server's process keeps this one's number.
    """
    command = [sys.executable, "manage.py", "publish_events"]
    subprocess.Popen([*command, "--parent", str(os.getpid())], cwd=PROJECT)  # noqa: S603


def _print_addresses() -> None:
    address = f"http://127.0.0.1:{os.environ.get('SERVER_PORT', '5000')}"
    print(f"API pages     {address}/docs")
    print(f"Admin         {address}/admin/")
    print('A token       make token   (send it as "Authorization: Bearer ...")')
    print("To stop       Ctrl-C", flush=True)


def main() -> None:
    """Prepare the environment and the database, then become gunicorn."""
    if not os.environ.get("ENVIRONMENT"):
        write_development_keys()
    load_development_environment()
    if "--keys-only" in sys.argv:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")
    os.environ.setdefault("BIND_HOST", "127.0.0.1")
    try:
        prepare_database()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    if settings.EVENTS_ENABLED:
        _start_publisher()
    _print_addresses()
    server = Path(sys.executable).with_name("gunicorn")
    arguments = ["-c", "users_service/server.py", "users_service.wsgi"]
    os.execv(server, [str(server), *arguments])  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main()
