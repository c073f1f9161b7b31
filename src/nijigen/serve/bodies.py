"""No body of a request is read further than it may be long, also where nothing says beforehand how long it is."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nijigen.serve.problems import problem

PATIENCE = 2.0  # seconds for the next piece of a body that is thrown away


class BoundedBodies:
    """ASGI middleware: 413 for a longer body than ``most`` bytes."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        detail = f"the body is longer than {self.most:,} bytes: send less"
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said and (not said.isdigit() or len(said) > 18 or int(said) > self.most):
            if said.isdigit() and len(said) <= 18 and int(said) <= 2 * self.most:
                await _throw_away(receive)
            await problem(413, detail, {"Connection": "close"})(scope, receive, send)
            return
        total = 0

        async def bounded() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self.most:
                raise HTTPException(413, detail, {"Connection": "close"})
            return message

        await self.app(scope, bounded, send)


async def _throw_away(receive: Receive) -> None:
    """Read a body to its end: a connection that is closed on who still sends may lose the answer on its way."""
    try:
        while (await asyncio.wait_for(receive(), PATIENCE)).get("more_body"):
            pass
    except TimeoutError:
        pass
