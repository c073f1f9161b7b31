"""The way into the server: what of the API is under way, and that nothing new is begun once the server is to end."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nijigen.serve.problems import of_mistake
from nijigen.serve.settings import API, PREFIX
from nijigen.serve.turns import ClosedError

JOBS = f"{PREFIX}/jobs/"


class Gate:
    """Open, or closed for good.

    Attributes:
        under_way: requests of the API that came whole and are not answered to the end yet. One that is not whole may
            never be, and nobody waits for it at the end.
    """

    def __init__(self) -> None:
        self.under_way, self._closed = 0, False

    def close(self) -> None:
        """Let nobody in but those who come for a job that was begun before."""
        self._closed = True

    def lets_in(self, path: str) -> bool:
        """Whether a request for a path is taken now."""
        return not self._closed or path.startswith(JOBS)


class Gated:
    """ASGI middleware: 503 for what a gate does not let in, and a count of what it does."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif not self._gate.lets_in(scope["path"]):
            refusal = of_mistake(ClosedError())
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)
        elif not scope["path"].startswith(API):  # the studio's pages hold connections open that carry nothing
            await self.app(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        whole = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        self._gate.under_way += whole

        async def heard() -> Message:
            nonlocal whole
            message = await receive()
            if not whole and message["type"] == "http.request" and not message.get("more_body", False):
                whole = True
                self._gate.under_way += 1
            return message

        try:
            await self.app(scope, heard, send)
        finally:
            self._gate.under_way -= whole
