"""A front of its own: the real one in a process, before an application that the test plays."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from publishers.documents._base import Document
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from tests.statuspage._running import environment, free_port

_PROGRAM = """
import json, resource, socket, sys
from pathlib import Path
from statuspage import _forward, front
from statuspage.edge import Documents
port, root, app, limits, files = sys.argv[1:]
for name, value in json.loads(limits).items():
    setattr(front if hasattr(front, name) else _forward, name, value)
if int(files):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
listener = socket.create_server(("127.0.0.1", int(port)), backlog=1024)
listener.setblocking(False)
ready = lambda: print("ready", flush=True)
front.serve(listener, Documents(Path(root), "sha256-x"), Path(app), ready)
"""

Play = Callable[[socket.socket], None]
"""What the application does with one connection."""


@dataclass
class Client:
    """A raw connection to the front."""

    socket: socket.socket
    arrived: bytes = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next response: status, headers by lower-case name, body by its Content-Length."""
        while b"\r\n\r\n" not in self.arrived:
            self._more()
        head, _, self.arrived = self.arrived.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self.arrived) < length:
            self._more()
        body, self.arrived = self.arrived[:length], self.arrived[length:]
        return int(status.split()[1]), headers, body

    def rest(self) -> bytes:
        """All that still comes until the front closes the connection."""
        with suppress(ConnectionResetError):
            while more := self.socket.recv(65536):
                self.arrived += more
        found, self.arrived = self.arrived, b""
        return found

    def _more(self) -> None:
        more = self.socket.recv(65536)
        if not more:
            raise EOFError(self.arrived)
        self.arrived += more


@dataclass
class App:
    """Plays the application: what it was sent, connection by connection."""

    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def head_of(self, connection: socket.socket) -> bytes:
        """Read a request's head; what came with it of the body is in `bodies`."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        self.heads.append(head)
        self.bodies.append(body)
        return head

    def say(self, connection: socket.socket, body: bytes = b"app") -> None:
        length = b"content-length: %d\r\n" % len(body)
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n" + length + b"\r\n" + body)


@dataclass
class Front:
    """The front, the folder that it serves, and the application that the test plays."""

    port: int
    root: Path
    process: subprocess.Popen[str]
    app: App

    def connect(self) -> Client:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return Client(connection)

    def ask(self, request: str | bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request line ("GET /"), or a whole request, on a connection of its own."""
        with closing((client := self.connect()).socket):
            client.send(request if isinstance(request, bytes) else head(request, **headers))
            return client.answer()

    def publish(self, event: int, **documents: bytes) -> None:
        target = Target(self.root)
        listed = [Document(f"{name}.html", body) for name, body in documents.items()]
        with target.lock():
            target.put(listed, Watermark(event, datetime.now(UTC), "f"))


def head(request: str, **headers: str) -> bytes:
    """A request's head: `request` as in "GET /"."""
    lines = [f"{request} HTTP/1.1", "Host: status.example.org"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@contextmanager
def serving(
    root: Path, play: Play | None = None, limits: Mapping[str, float] | None = None, files: int = 0
) -> Iterator[Front]:
    """A front over `root`. Without `play` there is no application at all."""
    port, app = free_port(), App()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="avviso-"))  # paths must be short
        place = Path(folder) / "app.sock"
        if play:
            stack.enter_context(_playing(place, play))
        stack.callback(app.hold.set)
        options = [str(port), str(root), str(place), json.dumps(limits or {}), str(files)]
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *options],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.wait, 60)
        stack.callback(process.terminate)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Front(port, root, process, app)


@contextmanager
def _playing(place: Path, play: Play) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(64)
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                thread = threading.Thread(target=_played, args=(play, connection), daemon=True)
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _played(play: Play, connection: socket.socket) -> None:
    with connection, suppress(ConnectionError):
        play(connection)
