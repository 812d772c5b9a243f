"""A web server on loopback for tests: serves a folder or whatever a test says, and counts what was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Reply:
    """`length`: what the header claims, where that is not the truth."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


Answer = Callable[[str, str, dict[str, str], bytes], Reply]


@dataclass
class Site:
    """A running server. `asked`: method and path of each request; `bodies` of those that had content sent."""

    url: str
    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


@contextmanager
def site(answer: Answer) -> Iterator[Site]:
    """Answers with what `answer(method, path, headers, body)` gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = {name.lower(): value for name, value in self.headers.items()}
            running.asked.append(f"{self.command} {self.path}")
            reply = answer(self.command, self.path, told, body)
            if reply.status == 200 and reply.body:
                running.sent.append(self.path)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def folder(path: Path) -> Answer:
    """The files of a folder, with ETag and date; 304 for who has them."""

    def answer(_method: str, asked: str, headers: dict[str, str], _body: bytes) -> Reply:
        file = path / asked.lstrip("/")
        if not file.is_file():
            return Reply(404)
        body = file.read_bytes()
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        marks = {"ETag": tag, "Last-Modified": formatdate(file.stat().st_mtime, usegmt=True)}
        return Reply(304, headers=marks) if headers.get("if-none-match") == tag else Reply(200, body, marks)

    return answer
