"""Who asks: an address, or the network of a household; and how long anybody works for them."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")

from fastapi import Request
from starlette.exceptions import HTTPException

from nijigen.serve.api.asking import client_of, unless_gone
from nijigen.serve.settings import Limits, Settings
from nijigen.serve.workshop import LateError


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"), ("testclient", "testclient"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.8", "192.0.2.8"),
    ],
)  # fmt: skip
def test_clients_are_told_apart(host: str, client: str) -> None:
    assert client_of(Request({"type": "http", "client": (host, 1)})) == client


def test_nobody_is_somebody() -> None:
    assert client_of(Request({"type": "http", "client": None})) == "somebody"


def asked(seconds: float, hangs_up: bool) -> Request:
    """A request without a body, of somebody who waits or hangs up."""
    app = SimpleNamespace(state=SimpleNamespace(settings=Settings(limits=Limits(seconds=seconds))))
    said = iter([{"type": "http.request"}, *([{"type": "http.disconnect"}] if hangs_up else [])])

    async def receive() -> Any:
        await asyncio.sleep(0)
        return next(said, None) or await asyncio.Event().wait()

    return Request({"type": "http", "app": app}, receive)


@pytest.mark.parametrize(
    ("hangs_up", "seconds", "mistake", "words"),
    [(False, 0.2, LateError, "longer than 0.2 s"), (True, 20.0, HTTPException, "hung up")],
)
def test_works_end_with_the_time_of_their_request_and_with_whoever_asked(
    hangs_up: bool, seconds: float, mistake: type[Exception], words: str
) -> None:
    ended: list[bool] = []

    async def works() -> None:
        try:
            for _ in range(100):  # each of them would have been in time
                await asyncio.sleep(0.1)
        finally:
            ended.append(True)

    with pytest.raises(mistake, match=words):
        asyncio.run(unless_gone(asked(seconds, hangs_up), works()))
    assert ended == [True]


def test_what_is_made_in_time_is_given() -> None:
    async def work() -> str:
        return "made"

    assert asyncio.run(unless_gone(asked(20.0, False), work())) == "made"
