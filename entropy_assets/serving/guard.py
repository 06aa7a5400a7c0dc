"""What the web server answers and what it refuses, as ASGI middleware around Dagster's own application.

Dagster's web server has no login and takes any request that reaches it. A browser sends requests for every
page that is open in it, so without a guard any such page can launch the job that releases a held drop. A page
can choose path, method and body. It cannot choose `Host`, `Origin` and `Sec-Fetch-Site`, and it cannot send
`Content-Type: application/json` to another origin without being asked to prove that it may. What a request
must prove is therefore in its headers, and nothing in what it asks for can make up for them.

What belongs here: rules on requests by method, path and headers. What does not: who a person is; that is for
an authenticating proxy in front.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from entropy_assets.errors import InvalidParameter

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Hosts = Mapping[str, tuple[str, ...]]
"""Value of `Host` -> schemes of an origin of that host."""
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS_VARIABLE = "ENTROPY_UI_HOSTS"
"""Environment variable: further names under which the web server may be reached, with commas between them."""

HOST = re.compile(r"^([a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?$")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
NOT_PAGES = frozenset({"graphql", "logs", "download_debug", "notebook", "dagit"})
"""First parts of paths that answer with data: another site may not even link to them."""

SAFE_METHODS = frozenset({"GET", "HEAD"})
SHOWN = 80
"""Characters of a header that a refusal repeats."""

EXTRA_HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),  # a page that frames the UI could steal a click on "Launch"
    (b"content-security-policy", b"frame-ancestors 'self'"),
)


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered: an HTTP status and one sentence."""

    status: int
    reason: str


def known_hosts(port: int, more: str = "") -> Hosts:
    """Return the values of `Host` that are answered: loopback with the served port, and those of `more`.

    Each with the schemes that its own pages have: on loopback the server itself answers, which speaks http
    alone; before a name of `more` a proxy may speak https.

    Parameters
    ----------
    port
        The port that is served.
    more
        Names with or without a port, with commas or spaces between them. A name without a port is known
        both bare, as behind a proxy on port 80 or 443, and with the served port.

    Raises
    ------
    InvalidParameter
        One of the names is no host: `*` and whole addresses with a scheme are none.
    """
    hosts: dict[str, tuple[str, ...]] = {f"{name}:{port}": ("http",) for name in LOOPBACK}
    if port == 80:
        hosts |= dict.fromkeys(LOOPBACK, ("http",))
    for name in more.replace(",", " ").lower().split():
        match = HOST.fullmatch(name)
        if match is None:
            raise InvalidParameter(
                f"{HOSTS_VARIABLE} names {name!r}: allowed are names such as curate.example.org or "
                "localhost:8080, without scheme, path or wildcard; name each host"
            )
        own = (name,) if match[3] else (name, f"{name}:{port}")
        hosts |= dict.fromkeys(own, ("http", "https"))
    return hosts


def refusal(scope: Scope, hosts: Hosts) -> Refusal | None:
    """Return why a request is refused, None where it is answered.

    Parameters
    ----------
    scope
        The ASGI scope of a request or a websocket.
    hosts
        The values of `Host` that are answered; see `known_hosts`.
    """
    headers = _Headers(scope["headers"])
    wrong = _wrong_place(headers, hosts) or _wrong_path(scope)
    if wrong is not None:
        return wrong
    if scope["type"] == "websocket":
        return _wrong_site(headers) if headers.foreign_site else None
    method, first = scope["method"], scope["path"].lstrip("/").split("/", 1)[0]
    if method not in SAFE_METHODS and method != "POST":
        return Refusal(405, f"{_shown(method)} is not answered here: use GET for pages and POST for GraphQL")
    if headers.foreign_site and not _is_navigation(method, first, headers):
        return _wrong_site(headers)
    if method == "POST":
        return _wrong_content(headers)
    if first == "graphql":
        return Refusal(
            405, "GraphQL by GET is not answered, since any page can send one: POST it as application/json"
        )
    return None


def _wrong_path(scope: Scope) -> Refusal | None:
    """Refuse a path that leads upwards: no page has one, and the application does not expect any."""
    if ".." in re.split(r"[/\\]", scope["path"]):
        return Refusal(400, "a path with `..` in it is none of a page here: name the page itself")
    return None


def _wrong_place(headers: "_Headers", hosts: Hosts) -> Refusal | None:
    """Refuse what was sent to another name than ours (DNS rebinding), or by a page of another origin."""
    host = headers.only(b"host")
    if host is None or host.lower() not in hosts:
        return Refusal(
            403,
            f"host {_shown(host)} is not known here: open {min(hosts)}, or name the host in {HOSTS_VARIABLE}",
        )
    origin, own = headers.only(b"origin"), [f"{scheme}://{host.lower()}" for scheme in hosts[host.lower()]]
    if headers.has(b"origin") and (origin is None or origin.lower() not in own):
        return Refusal(
            403,
            f"origin {_shown(origin)} is not this server's: only its own pages, and programs that send no "
            "Origin, may ask",
        )
    return None


def _wrong_site(headers: "_Headers") -> Refusal:
    site = _shown(headers.only(b"sec-fetch-site"))
    return Refusal(403, f"a page of another site ({site}) may open the pages of this server and no more")


def _wrong_content(headers: "_Headers") -> Refusal | None:
    """Refuse a POST that a page could send to another origin unasked: form, text, or no type at all."""
    kind = headers.only(b"content-type")
    if kind is not None and kind.split(";", 1)[0].strip().lower() == "application/json":
        return None
    return Refusal(415, f"content type {_shown(kind)} is not taken: send JSON as application/json")


def _is_navigation(method: str, first: str, headers: "_Headers") -> bool:
    """Tell whether a person followed a link to one of the pages, in a window and not in a frame."""
    return (
        method == "GET"
        and first not in NOT_PAGES
        and not first.startswith("report_asset")
        and headers.only(b"sec-fetch-mode") == "navigate"
        and headers.only(b"sec-fetch-dest") == "document"
    )


class _Headers:
    """The headers of a request, of which each that matters may stand there once."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = [(name.lower(), value.decode("latin-1").strip()) for name, value in pairs]

    def only(self, name: bytes) -> str | None:
        """Return the value of a header, "" where it is missing or empty, None where it stands there twice."""
        values = [value for other, value in self._pairs if other == name]
        return None if len(values) > 1 else "".join(values)

    def has(self, name: bytes) -> bool:
        """Return whether a header stands there, be it empty."""
        return any(other == name for other, _ in self._pairs)

    @property
    def foreign_site(self) -> bool:
        """Whether the browser says that another site sent this; same-site ports are other sites, too."""
        site = b"sec-fetch-site"
        return self.has(site) and self.only(site) not in ("none", "same-origin")


def _shown(value: str | None) -> str:
    if value is None:
        return "given twice"
    return ascii(value if len(value) <= SHOWN else value[:SHOWN] + "...") if value else "(none)"


class Guard:
    """ASGI middleware that answers a refused request itself and hands every other one on.

    Parameters
    ----------
    app
        The guarded application.
    hosts
        The values of `Host` that are answered; see `known_hosts`.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, one websocket, or the server's own start and end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = refusal(scope, self._hosts)
        if refused is not None:
            await _refuse(scope, send, refused)
        elif scope["type"] == "http":
            await self._app(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *EXTRA_HEADERS]}
        await send(message)

    return send_more


async def _refuse(scope: Scope, send: Send, refused: Refusal) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        kind = "websocket.http.response"
        if kind not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": refused.reason[:120]})
            return
    body = f"{refused.reason}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),  # the body of what is refused is not read
    ]
    await send({"type": f"{kind}.start", "status": refused.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
