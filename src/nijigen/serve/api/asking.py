"""What every route needs of a request: the workshop, who asks, and whether they still listen."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from nijigen.serve.settings import Settings
from nijigen.serve.workshop import LateError, Workshop

T = TypeVar("T")


def _workshop(request: Request) -> Workshop:
    return cast(Workshop, request.app.state.workshop)


def client_of(request: Request) -> str:
    """Who asks: an address; of IPv6 its network, all of whose addresses are one household's."""
    host = request.client.host if request.client else "somebody"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:  # by IPv4 to a socket that takes both: all of them would be one network
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns; it is cancelled as soon as whoever asks hangs up, or when it takes too long.

    Raises:
        LateError: it took longer than a request may, of however many works it consists.
    """
    seconds = cast(Settings, request.app.state.settings).limits.seconds
    task = asyncio.ensure_future(work)

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    watch = asyncio.ensure_future(gone())
    try:
        ended, _ = await asyncio.wait((task, watch), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not ended:
            raise LateError.after(seconds)
        if not task.done():
            raise HTTPException(499, "you hung up")  # told to nobody
        return task.result()
    finally:
        for each in (task, watch):
            each.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await each


AskedWorkshop = Annotated[Workshop, Depends(_workshop)]
Client = Annotated[str, Depends(client_of)]
