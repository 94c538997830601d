"""A server of JWKS documents over real HTTP, for tests."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from roles.tests.keys import jwk


class KeyServer:
    """Serves a JWKS document, counts the fetches, and fails when told to."""

    def __init__(self) -> None:
        self.document: Any = {"keys": [jwk("one")]}
        self.fetches = 0
        self.fault: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.arrived = threading.Event()
        self.proceed = threading.Event()
        self.proceed.set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.fetches += 1
        self.arrived.set()
        self.proceed.wait(timeout=10)
        if self.fault is not None:
            self.fault(handler)
            return
        body = json.dumps(self.document).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with suppress(ConnectionError):  # whoever asked may have given up
            handler.wfile.write(body)


def server_error(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(500)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def half_an_answer(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"keys"')


def no_json(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5")
    handler.end_headers()
    handler.wfile.write(b"<html")


FAULTS = [server_error, hang_up, half_an_answer, no_json]


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    thread = threading.Thread(target=server.server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.proceed.set()
    server.server.shutdown()
    server.server.server_close()
    thread.join()
