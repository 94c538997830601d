"""Slow clients: how they are answered, and that others are answered beside them."""

import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django.plugin import DjangoDbBlocker

from clinicians.testing import clinician_body
from users_service.connections import MAX_UNSENT_BYTES, ClientSocket
from users_service.tests.faults_callers import workers
from users_service.tests.live import COMMAND, TIMEOUT
from users_service.tests.pair import wait_until
from users_service.tests.sizes import sized
from users_service.tests.slow_clients import (
    CHUNKED,
    POST,
    RUNNING,
    THREADS,
    UNREAD,
    SlowServer,
    everything_from,
)

CONNECTIONS = sized(quick=100, soak=1000)
KINDS: dict[str, Callable[[SlowServer], bytes]] = {
    "silent": lambda _: b"",
    "half a head": lambda _: POST,
    "chunked without a token": lambda _: POST + CHUNKED,
    "body with a token": lambda server: server.post + b"Content-Length: 9\r\n\r\n",
    "answer not read": lambda _: UNREAD * 20,
    "close not closed": lambda _: RUNNING + b"Connection: close\r\n\r\n",
}
KEPT = RUNNING + b"\r\n"
SLOTS = THREADS // 2
BOUND_SECONDS = 15

# Says that there has to be a database, of which each server reads.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SlowServer]:
    with django_db_blocker.unblock():
        running = SlowServer(tmp_path_factory.mktemp("slow"))
    yield running
    running.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_other_requests_beside_slow_clients_are_answered(
    server: SlowServer, kind: str
) -> None:
    with server.clients(CONNECTIONS, KINDS[kind](server)):
        for path in ("/running", "/healthcheck", "/dhos/v1/roles"):
            answer = server.ask("GET", path)
            assert answer.ok, answer.text
            assert answer.elapsed.total_seconds() < BOUND_SECONDS


def test_requests_not_whole_in_time_are_answered_408_and_closed(
    server: SlowServer,
) -> None:
    heads = [POST, b"G", RUNNING + b"X-Half:"]
    parts = [b"Content-Length: 100\r\n\r\n{", CHUNKED, CHUNKED + b"5\r\n{"]
    bodies = [server.post + each for each in parts]
    with ThreadPoolExecutor(16) as pool:
        silent = pool.submit(server.exchange, b"")
        trickled = pool.submit(trickle, server, RUNNING + b"X-Slow: ")
        answers = list(pool.map(server.exchange, heads + bodies))
    assert silent.result() == b""
    for each in [*answers, trickled.result()]:
        assert_is_problem(each, 408, "The request did not arrive in time")
    assert all(b"X-Request-ID: " in each for each in answers[len(heads) :])


def trickle(server: SlowServer, head: bytes) -> bytes:
    """Send a byte now and then until the server answers; return the answer."""
    with server.clients(1, head) as (client,):
        client.settimeout(0.3)
        for _ in range(100):
            client.send(b"x")
            try:
                return client.recv(4096)
            except TimeoutError:
                continue
    raise AssertionError("it went on reading")


def test_bodies_waited_for_beyond_half_of_the_threads_are_refused_503(
    server: SlowServer,
) -> None:
    late = server.post + b"Content-Length: 100\r\n\r\n"
    with server.clients(THREADS, late) as clients, ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(everything_from, clients))
    refused = [each for each in answers if b" 503 " in each[:20]]
    assert len(refused) == THREADS - SLOTS
    assert all(b"Retry-After: 5\r\n" in each for each in refused)
    assert_is_problem(refused[0], 503, "Too many requests wait for slow clients")


def test_body_that_came_with_its_head_is_taken_while_others_wait(
    server: SlowServer,
) -> None:
    body = b'{"password": 1}'
    whole = server.post + f"Content-Length: {len(body)}\r\n".encode()
    with server.clients(SLOTS * 4, server.post + CHUNKED):
        answer = server.exchange(whole + b"Connection: close\r\n\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_chunked_requests_without_a_token_are_401_and_stored_nowhere(
    server: SlowServer,
) -> None:
    before = server.stored_bytes()
    sent = POST + CHUNKED + b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    with server.clients(CONNECTIONS, sent) as clients:
        answers = [everything_from(each) for each in clients]
    assert [each[9:12] for each in answers] == [b"401"] * CONNECTIONS
    assert server.stored_bytes() == before


def test_answer_that_is_not_read_is_cut_off(server: SlowServer) -> None:
    with server.clients(1, UNREAD * 50) as (client,):
        # It sends on for as long as the server takes what comes.
        client.settimeout(0.2)
        with pytest.raises(ConnectionError):
            send_on(client)


def test_unread_answers_beyond_a_bound_are_not_taken(
    settings: LazySettings,
) -> None:
    settings.CLIENT_IDLE_SECONDS = 0.1
    block = bytes(MAX_UNSENT_BYTES)
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        reader.connect(listener.getsockname())
        accepted, _ = listener.accept()
        with ClientSocket(accepted.detach()) as client:
            client.sendall(block[: MAX_UNSENT_BYTES // 2])
            with pytest.raises(BrokenPipeError):
                client.sendall(block)


def send_on(client: socket.socket) -> None:
    """Send requests for as long as the server keeps the connection."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        with suppress(TimeoutError):
            client.sendall(UNREAD * 100)


def test_chunked_bodies_are_parsed_as_others_are(server: SlowServer) -> None:
    def send(*chunks: bytes) -> bytes:
        framed = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks)
        head = server.post + b"Connection: close\r\n" + CHUNKED
        return server.exchange(head + framed + b"0\r\n\r\n")

    body = json.dumps(clinician_body(first_name=7)).encode()
    assert b"first_name" in send(body[:10], body[10:])
    assert send(b" " * (2**20 - 1), b"[]").startswith(b"HTTP/1.1 413 ")
    assert send().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"1\r\nxx\r\n", b"1;\r\r\nx\r\n"])
def test_malformed_chunks_are_400_and_close(server: SlowServer, chunks: bytes) -> None:
    answer = server.exchange(server.post + CHUNKED + chunks)
    assert_is_problem(answer, 400, "Bad Request")


def test_head_over_its_limit_is_431_and_bare_line_feeds_are_400(
    server: SlowServer,
) -> None:
    header = b"X-Large: " + b"x" * 8000 + b"\r\n"
    assert server.exchange(RUNNING + header * 5).startswith(b"HTTP/1.1 431 ")
    assert server.exchange(b"GET /running HTTP/1.1\n").startswith(b"HTTP/1.1 400 ")


def test_pipelined_requests_are_all_answered(server: SlowServer) -> None:
    last = RUNNING + b"Connection: close\r\n\r\n"
    answers = server.exchange((RUNNING + b"\r\n") * 9 + last)
    assert answers.count(b"HTTP/1.1 200 OK") == 10


def test_kept_connection_is_used_again_after_a_body_that_no_view_reads(
    server: SlowServer,
) -> None:
    ignored = RUNNING + b"Content-Length: 2\r\n\r\n{}"
    answers = server.exchange(ignored + RUNNING + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_clients_that_go_away_at_any_stage_hold_nothing(server: SlowServer) -> None:
    for sent in (b"", POST, POST + CHUNKED, server.post + CHUNKED, UNREAD * 50):
        with server.clients(THREADS * 2, sent):
            pass
    wait_until(lambda: server.ask("GET", "/running").ok)


def test_without_descriptors_connections_wait_and_the_worker_lives(
    server: SlowServer,
) -> None:
    """Nothing is opened beside them: what the limit leaves is for connections."""
    worker = workers(server)
    soft, hard = resource.prlimit(worker[0], resource.RLIMIT_NOFILE)
    resource.prlimit(worker[0], resource.RLIMIT_NOFILE, (64, hard))
    try:
        with server.clients(CONNECTIONS, b""):
            wait_until(lambda: len(server.open_descriptors(worker[0])) >= 64)
    finally:
        resource.prlimit(worker[0], resource.RLIMIT_NOFILE, (soft, hard))
    assert server.ask("GET", "/running").ok
    assert workers(server) == worker


class SmallServer(SlowServer):
    """A server with few descriptors, which waits for clients as good as for ever."""

    command = ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh", *COMMAND]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, CLIENT_IDLE_SECONDS="3600")


@pytest.fixture(scope="module")
def small_server(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SmallServer]:
    with django_db_blocker.unblock():
        running = SmallServer(tmp_path_factory.mktemp("small"))
    yield running
    running.stop()


def test_idle_connections_at_the_limit_are_closed_for_others(
    small_server: SmallServer,
) -> None:
    worker = workers(small_server)
    with (
        small_server.clients(CONNECTIONS, b""),
        small_server.clients(CONNECTIONS, KEPT),
    ):
        assert small_server.ask("GET", "/running").ok
        assert workers(small_server) == worker


def assert_is_problem(answer: bytes, status: int, message: str) -> None:
    """Check the shape of an error, and that it closes the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in head
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["message"] == problem["detail"] == message
