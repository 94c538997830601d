"""What only a real gunicorn shows."""

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from roles.testing import token_for
from users_service.tests.processes import as_in_tests

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = [
    str(Path(sys.executable).with_name("gunicorn")),
    "-c",
    "users_service/server.py",
    "users_service.wsgi",
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A running gunicorn and the lines it has logged."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.folder = folder
        variables = {
            "ALLOWED_HOSTS": "127.0.0.1",
            "BIND_HOST": "127.0.0.1",
            # Where tests run, static files are looked up in another way.
            "ENVIRONMENT": "DEVELOPMENT",
            "DJANGO_SETTINGS_MODULE": "users_service.tests.live_settings",
            "IGNORE_JWT_VALIDATION": "1",
            "SERVER_PORT": str(self.port),
            "SQLITE_PATH": str(folder / "db.sqlite3"),
            "TMPDIR": str(folder),
            "WEB_CONCURRENCY": "2",
        }
        self.process = subprocess.Popen(
            COMMAND,
            env=as_in_tests(**variables | more),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.lines: list[str] = []
        self.wait_for("Listening at")

    def wait_for(self, message: str) -> None:
        """Wait until it has logged the message."""
        for line in self.output:
            self.lines.append(line)
            if message in line:
                return
        raise AssertionError("gunicorn has ended: " + "".join(self.lines))

    def stop(self) -> list[dict[str, object]]:
        """End it as a container's runtime does; return all that it has logged."""
        self.process.send_signal(signal.SIGTERM)
        self.lines.extend(self.output)
        self.process.wait(timeout=60)
        self.output.close()
        return [json.loads(line) for line in self.lines]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        **headers: str,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(
            method, path, body, named, encode_chunked=isinstance(body, Iterator)
        )
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    if running.process.poll() is None:
        running.stop()


def test_it_answers(server: Server) -> None:
    response, content = server.ask("GET", "/running")
    assert (response.status, content) == (200, b'{"running":true}')


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    got, _ = server.ask("GET", "/running")
    head, content = server.ask("HEAD", "/running")
    assert (head.status, content) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type"):
        assert head.headers[name] == got.headers[name]


def test_a_known_etag_is_304_with_no_body(server: Server) -> None:
    got, _ = server.ask("GET", "/running")
    response, content = server.ask("GET", "/running", If_None_Match=got.headers["ETag"])
    assert (response.status, content) == (304, b"")
    assert response.headers["ETag"] == got.headers["ETag"]


def test_a_chunked_body_arrives(server: Server) -> None:
    parts = iter([b"one ", b"two ", b"x" * 100_000])
    response, content = server.ask("POST", "/echo", parts, Transfer_Encoding="chunked")
    assert response.status == 200
    assert content == b"one two " + b"x" * 100_000


def test_a_body_with_a_length_arrives(server: Server) -> None:
    _, content = server.ask("POST", "/echo", b"one")
    assert content == b"one"


def test_static_files_are_served(server: Server) -> None:
    response, content = server.ask("GET", "/static/admin/css/base.css")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.headers["X-Request-ID"]
    assert content


def test_an_unknown_route_is_404_of_our_shape(server: Server) -> None:
    response, content = server.ask("GET", "/nothing?q=jane.doe")
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(content)["message"] == "No such route"


def test_a_bad_host_is_400_of_our_shape(server: Server) -> None:
    response, content = server.ask("GET", "/running", Host="elsewhere.example")
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(content)["status"] == 400


def test_a_bug_is_500_of_our_shape(server: Server) -> None:
    response, content = server.ask("GET", "/plain/bug")
    assert response.status == 500
    assert json.loads(content)["message"] == "Internal Server Error"


def test_a_long_query_reaches_the_service(server: Server) -> None:
    response, _ = server.ask("GET", "/running?q=" + "x" * 8000)
    assert response.status == 200


def counted(server: Server, path: str) -> float:
    """Ask for the path eight times; return how often it was by the metrics."""
    for _ in range(8):
        server.ask("GET", path)
    _, content = server.ask("GET", "/metrics")
    counter = f'users_http_requests_total{{method="GET",route="{path}",status="200"}} '
    found = [li for li in content.decode().splitlines() if li.startswith(counter)]
    return float(found[0].removeprefix(counter))


def test_a_lost_worker_does_not_make_totals_fall(server: Server) -> None:
    assert counted(server, "/version") == 8
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    victim = int(children.read_text().split()[0])
    os.kill(victim, signal.SIGKILL)
    server.wait_for("Booting worker")
    assert counted(server, "/version") == 16


def test_a_reload_does_not_make_totals_fall(server: Server) -> None:
    assert counted(server, "/tagged") == 8
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("Hang up")
    server.wait_for("Booting worker")
    assert counted(server, "/tagged") == 16


def test_nothing_connects_before_the_workers_are_forked() -> None:
    code = (
        "import users_service.wsgi; from django.db import connections; "
        "print([each.connection for each in connections.all()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=as_in_tests(),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "[None]\n"


def test_where_postgresql_does_not_answer_it_is_503(tmp_path: Path) -> None:
    server = Server(
        tmp_path,
        DATABASE_HOST="127.0.0.1",
        DATABASE_PORT=str(free_port()),
        DATABASE_USER="jane.doe",
        DATABASE_NAME="users",
    )
    assert server.ask("GET", "/running")[0].status == 200
    assert server.ask("GET", "/healthcheck")[0].status == 503
    token = token_for(system_id="dhos-robot")
    response, content = server.ask(
        "GET", "/dhos/v1/roles", Authorization=f"Bearer {token}"
    )
    assert response.status == 503
    assert response.headers["Retry-After"] == "5"
    assert json.loads(content)["message"] == "Database connection failed"
    assert "jane.doe" not in json.dumps(server.stop())


def test_a_bad_variable_stops_the_start_without_a_traceback() -> None:
    done = subprocess.run(
        COMMAND,
        env=as_in_tests(SERVER_PORT="http"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.startswith("SERVER_PORT is not a number up to 65535.")
    assert "Traceback" not in done.stderr


def test_the_log_of_a_run_is_json_and_holds_nothing_that_was_sent(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path)
    server.ask("GET", "/running?q=jane.doe")
    server.ask("GET", "/plain/bug?q=jane.doe")
    lines = server.stop()
    assert server.process.returncode == 0
    assert "jane.doe" not in json.dumps(lines)
    limits = next(line for line in lines if line["message"] == "Limits")
    _, descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert limits["descriptors"] == descriptors
    warned = [line for line in lines if line.get("check") == "users_service.W003"]
    assert len(warned) == 1
    answered = [li["route"] for li in lines if li["message"] == "Request answered"]
    assert answered == ["/running", "/plain/{name}"]
    assert [line for line in lines if line["message"] == "Unhandled exception"]
    assert not list(tmp_path.glob("users-metrics-*"))
