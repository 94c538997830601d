"""A way to the broker that a test can cut, hold up, and speak into."""

import socket
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

Address = tuple[str, int]
CHUNK = 65536


class Proxy:
    """Copies bytes both ways between any number of clients and the broker."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self.connections = 0
        self._answers: list[Event] = []
        self._sockets: list[socket.socket] = []
        self._near: list[socket.socket] = []
        self._lock = Lock()
        self.port = 0
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def open(self) -> None:
        """Let connections through, from now on."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """End all connections and refuse new ones."""
        _close(self._listener)
        self.drop()

    def drop(self) -> None:
        """End all connections; new ones get through."""
        self.let_go()
        with self._lock:
            sockets, self._sockets, self._near = self._sockets, [], []
        for each in sockets:
            _close(each)

    def hold_back(self) -> None:
        """Keep what the broker says from the clients that are connected now."""
        for each in self._answers:
            each.clear()

    def let_go(self) -> None:
        """Let the clients hear what was held back, and all the rest."""
        for each in self._answers:
            each.set()

    def say(self, frame: bytes) -> None:
        """Say something to the clients in the broker's place."""
        with self._lock:
            for each in self._near:
                each.sendall(frame)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.target)
                answers = Event()
                answers.set()
                with self._lock:
                    self.connections += 1
                    self._sockets += [near, far]
                    self._near.append(near)
                    self._answers.append(answers)
                Thread(target=self._copy, args=[near, far], daemon=True).start()
                self._start_answering(far, near, answers)

    def _copy(self, source: socket.socket, drain: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(CHUNK):
                drain.sendall(part)
        _close(drain)

    def _start_answering(
        self, source: socket.socket, drain: socket.socket, answers: Event
    ) -> None:
        arguments = [source, drain, answers]
        Thread(target=self._answer, args=arguments, daemon=True).start()

    def _answer(
        self, source: socket.socket, drain: socket.socket, answers: Event
    ) -> None:
        with suppress(OSError):
            while part := source.recv(CHUNK):
                answers.wait()
                with self._lock:
                    drain.sendall(part)
        _close(drain)


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
