"""gunicorn's configuration: `gunicorn -c users_service/server.py users_service.wsgi`.

gunicorn runs this module before it loads the application; a bad variable ends the
start here, with what to write.
"""

import ctypes
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
from functools import partial
from logging import ERROR, WARNING
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "users_service.settings")

from users_service import environment
from users_service.worker import Worker, hold_back_sigterm, stop

# More workers than these would want more connections than PostgreSQL's default of
# 100 allows, each having a pool of its own. WEB_CONCURRENCY overrides.
MOST_WORKERS = 8
MAX_CONNECTIONS = 4096
"""Open connections of a worker; the largest heads of all of them take 128 MiB."""

METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"

try:
    logconfig_dict = settings.LOGGING
    threads = settings.THREADS
    workers = environment.integer(
        "WEB_CONCURRENCY",
        min(max(2, len(os.sched_getaffinity(0))), MOST_WORKERS),
        minimum=1,
        maximum=256,
    )
    _host = environment.text("BIND_HOST", "0.0.0.0")  # noqa: S104 (a container's)
    _port = environment.integer("SERVER_PORT", 5000, minimum=1, maximum=65535)
except ImproperlyConfigured as error:
    sys.exit(str(error))

bind = f"{_host}:{_port}"
worker_class = Worker
preload_app = True
# Callers of bulk give up after 30 s; nothing that is alive is silent for 60.
timeout = 60
# Half of the descriptors are for all but connections: databases, spooled answers, logs.
_, descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
worker_connections = min(MAX_CONNECTIONS, max(1, descriptors // 2))
# A file sent by the kernel would be sent without the limits on slow clients.
sendfile = False
graceful_timeout = 30
keepalive = 5
# The largest gunicorn knows: 1,000 characters of q, percent-encoded, are long.
limit_request_line = 8190
limit_request_field_size = 8190
# users_service.wsgi alone decides what a forwarded header means.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# The request's line in the log is the service's own; the control socket would need a
# writable working directory.
accesslog = None
control_socket_disable = True

# Each master counts in a directory of its own, made before the application is loaded
# (the metrics' library looks for it when imported). A reload (HUP) runs this module
# again in the same master, and goes on counting.
_prefix = f"users-metrics-{os.getpid()}-"
if not Path(os.environ.get(METRICS_DIR, "")).name.startswith(_prefix):
    os.environ[METRICS_DIR] = tempfile.mkdtemp(prefix=_prefix)


# A hash takes megabytes, and glibc keeps for each thread what it once needed: with one
# arena for all of them, a worker keeps what its hashes at a time need.
M_ARENA_MAX = -8
if hasattr(_libc := ctypes.CDLL(None), "mallopt"):
    _libc.mallopt(M_ARENA_MAX, 1)


def when_ready(server: Any) -> None:
    """Make ready for the first worker to be forked; log once what should be put right.

    What is loaded by now stays for good: left alone by the garbage collector, which
    would write to it, it remains shared by all workers.
    """
    gc.collect()
    gc.freeze()
    logger = structlog.get_logger("users_service.server")
    logger.info("Limits", descriptors=descriptors, connections=worker_connections)
    for warning in checks.run_checks(tags=["start"]):
        logger.warning(warning.msg, check=warning.id, hint=warning.hint)
    look_at_database(logger)
    signal.signal(signal.SIGTERM, partial(stop, server))
    hold_back_sigterm()


def look_at_database(logger: Any) -> None:
    """End the start where the database is not as it has to be.

    One that does not answer yet is waited for: requests are 503 meanwhile.
    """
    # Once the application is loaded.
    from users_service.database.connections import direct_connection  # noqa: PLC0415
    from users_service.database.unreachable import explain  # noqa: PLC0415
    from users_service.database_conditions import wrong_conditions  # noqa: PLC0415

    try:
        with direct_connection() as direct:
            wrong = wrong_conditions(direct)
    except OperationalError as error:
        logger.warning(explain(error))
        return
    for each in wrong:
        logger.log(ERROR if each.is_refused else WARNING, str(each))
    if any(each.is_refused for each in wrong):
        sys.exit(1)


def child_exit(_server: Any, worker: Any) -> None:
    """Drop a dead worker's gauges; its counts stay, so that totals never fall."""
    from prometheus_client import multiprocess  # noqa: PLC0415 (once the path is set)

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the directory of the metrics."""
    shutil.rmtree(os.environ[METRICS_DIR], ignore_errors=True)
