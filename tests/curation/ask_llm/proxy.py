"""A proxy that lets requests through to a server, or does to them what networks and servers do."""

import base64
import http.client
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Plan = Callable[[int, str], str]
"""Number of a request, from 0, and its question -> what becomes of it: `pass`, `slow` (never answered),
`hang` (the same, and `hung` is set), `drip` (a space now and then, without end), `drop`, `cut`, `half`,
`bare` (no log-probabilities), or a status as `500`, `429 after 0.2` (with Retry-After), `401 echo` (repeats
what came in its header) or `401 base64` (the same, coded)."""


@dataclass
class Proxy:
    """What went through.

    Parameters
    ----------
    url
        Its address.
    bodies
        JSON of each request, in the order in which they came.
    headers
        Authorization of each.
    passed
        JSON of those that were answered.
    most_at_once
        Requests that were under way at once, at most.
    """

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str | None] = field(default_factory=list)
    passed: list[dict[str, Any]] = field(default_factory=list)
    most_at_once: int = 0
    n_now: int = 0
    hung: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def questions(self) -> Counter[str]:
        """How often each question was answered."""
        return Counter(question_of(body) for body in self.passed)


def question_of(body: dict[str, Any]) -> str:
    return str(body["messages"][0]["content"] if "messages" in body else body["prompt"])


@contextmanager
def proxy_to(upstream: str, plan: Plan = lambda *_: "pass") -> Iterator[Proxy]:
    """Yield a proxy in front of a server's address."""
    seen = Proxy()
    host = urlsplit(upstream)
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with seen.lock:
                asked = json.loads(body)
                what = plan(len(seen.bodies), question_of(asked))
                seen.bodies.append(asked)
                seen.headers.append(self.headers["Authorization"])
                seen.n_now += 1
                seen.most_at_once = max(seen.most_at_once, seen.n_now)
            try:
                self.answer(what, body)
            finally:
                with seen.lock:
                    seen.n_now -= 1

        def answer(self, what: str, body: bytes) -> None:
            if what == "hang":
                seen.hung.set()
            if what in ("slow", "hang"):
                ended.wait(60)
            if what in ("slow", "hang", "drop"):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if what == "drip":
                self.send(200, b"", {}, length=1_000_000)
                while not ended.wait(0.1):
                    self.wfile.write(b" ")
                return
            if what[0].isdigit():
                status, _, more = what.partition(" ")
                sent = str(self.headers["Authorization"])
                coded = base64.b64encode(sent.encode()).decode()
                said = {
                    "error": {"message": {"echo": f"bad {sent}", "base64": f"bad {coded}"}.get(more, "no")}
                }
                after = {"Retry-After": more.removeprefix("after ")} if more.startswith("after") else {}
                self.send(int(status), json.dumps(said).encode(), after)
                return
            through = http.client.HTTPConnection(str(host.hostname), host.port)
            through.request("POST", self.path, body, {"Content-Type": "application/json"})
            data = through.getresponse().read()
            through.close()
            if what == "bare":
                found = json.loads(data)
                found["choices"][0]["logprobs"] = None
                data = json.dumps(found).encode()
            if what == "cut":  # a whole answer of half a JSON
                self.send(200, data[: len(data) // 2], {})
            elif what == "half":  # a connection that ends in the middle
                self.send(200, data[: len(data) // 2], {}, length=len(data))
                self.close_connection = True
            else:
                with seen.lock:
                    seen.passed.append(json.loads(body))
                self.send(200, data, {})

        def send(self, status: int, data: bytes, headers: dict[str, str], length: int = 0) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(length or len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            """Serve a connection; a client that went away is no error."""
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        seen.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        try:
            yield seen
        finally:
            ended.set()
            server.shutdown()
            thread.join()
