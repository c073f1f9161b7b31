"""Who may ask at all: which names the server answers to, and which pages' requests it takes.

A page of another site can make a browser send requests to this machine. So a name that is none of the server's is
refused (it was made to point here: DNS rebinding), and so is what a browser says comes from another site.
"""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nijigen.serve.problems import problem
from nijigen.serve.settings import PREFIX, Settings, is_loopback

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
PUBLIC = (f"{PREFIX}/avatars/", f"{PREFIX}/health")  # for any page to show; no token either
ADDED = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "same-origin"}


class Guard:
    """ASGI middleware: 421 for names that are not the server's, 403 for requests that other sites' pages cause."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._names = {name_of(host) for host in (settings.host, *settings.hosts)}
        self._names |= {socket.gethostname().lower()} if settings.beyond_loopback else set()
        self._origins = {origin.rstrip("/").lower() for origin in settings.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers, scope.get("method", "GET"), scope["type"], scope["path"])
        if refusal is not None:
            await refuse(*refusal, scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for key, value in ADDED.items():
                    answer.setdefault(key, value)
            await send(message)

        await self.app(scope, receive, hardened)

    def _refusal(self, headers: Headers, method: str, kind: str, path: str) -> tuple[int, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._answers_to(hosts[0]):
            return 421, "this server does not answer to that name: whoever runs it adds names with --allow-host"
        if is_public(path):
            return None
        origin = headers.get("origin")
        if origin is not None and origin.lower() in self._origins:
            return None
        if (method not in SAFE or kind == "websocket") and origin is not None and not _same(origin, hosts[0]):
            return 403, "pages of another site may not do this: whoever runs the server allows sites with --cors"
        cross = headers.get("sec-fetch-site") == "cross-site"
        if cross and not (method in SAFE and headers.get("sec-fetch-mode") == "navigate"):
            return 403, "pages of another site may not ask for this: whoever runs the server allows sites with --cors"
        return None

    def _answers_to(self, host: str) -> bool:
        name = name_of(host)
        if is_loopback(name) or name in self._names:
            return True
        try:
            ipaddress.ip_address(name)  # what was typed as numbers was not looked up, so nobody turned it here
        except ValueError:
            return any(known.startswith("*.") and name.endswith(known[1:]) for known in self._names)
        return True


def is_public(path: str) -> bool:
    """Whether anybody may ask for a path, from any page and without a token."""
    return path.startswith(PUBLIC[0]) or path == PUBLIC[1]


def name_of(host: str) -> str:
    """The name or address in a Host header, without its port: ``[::1]:80`` is ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name = host if host.count(":") > 1 else host.partition(":")[0]
    return name.rstrip(".").lower()


async def refuse(
    status: int, detail: str, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str] | None = None
) -> None:
    """Answer with a problem, or close a websocket before it is open."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:120]})
        return
    await problem(status, detail, headers)(scope, receive, send)


def _same(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
