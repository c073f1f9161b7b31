"""A line for each request of the API: the route, not the path, because a path may hold a text that is a seed."""

import sys
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nijigen.serve.settings import API, PREFIX


class Log:
    """ASGI middleware: ``POST /api/v1/generate 200 0.41 s`` on standard error."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            known = getattr(scope.get("route", None), "path_format", "/…")
            route = known if known.startswith(PREFIX) else PREFIX + known
            method = scope["method"] if scope["method"].isalpha() else "?"
            print(f"{method[:10]} {route} {status or 'gone'} {time.perf_counter() - start:.2f} s", file=sys.stderr)
