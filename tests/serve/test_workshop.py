"""The workshop: forwards that are shared, turns, ends."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from nijigen.errors import NijigenError
from nijigen.serve.settings import Limits, Settings
from nijigen.serve.turns import BusyError
from nijigen.serve.workshop import LateError, Workshop

T = TypeVar("T")
PINK = {"hair_color": "pink"}


@pytest.fixture
def at_work(tiny_run: Path) -> Callable[..., Any]:
    """``at_work(visit, **limits)``: runs ``visit(workshop)`` with a workshop that is closed afterwards."""

    def run(visit: Callable[[Workshop], Awaitable[T]], **limits: Any) -> T:
        async def whole() -> T:
            settings = Settings(models=(str(tiny_run),), threads=1, device="cpu", limits=Limits(**limits))
            workshop = Workshop(settings)
            try:
                return await visit(workshop)
            finally:
                await workshop.close()

        return asyncio.run(whole())

    return run


async def every(stream: AsyncIterator[T]) -> list[T]:
    return [one async for one in stream]


async def held(workshop: Workshop) -> tuple[threading.Event, "asyncio.Task[Any]"]:
    """Keep the thread at work until the event is set: so others come to wait together."""
    event = threading.Event()
    holding = asyncio.create_task(workshop.run("holder", lambda: event.wait(20)))
    while workshop.waiting or workshop.idle:
        await asyncio.sleep(0.001)
    return event, holding


def test_requests_that_wait_together_share_a_forward(at_work: Callable[..., Any]) -> None:
    async def visit(workshop: Workshop) -> None:
        model = await workshop.model()
        event, holding = await held(workshop)
        asked = [
            asyncio.create_task(
                every(workshop.generate("a", count=3, seed="alice", attributes={"hair_color": "pink"}))
            ),
            asyncio.create_task(every(workshop.generate("b", count=2, seed=50))),
        ]
        while workshop.waiting < 2:
            await asyncio.sleep(0.001)
        event.set()
        first, second = await asyncio.gather(*asked)
        await holding
        assert {avatar.certificate["batch"] for avatar in (*first, *second)} == {5}
        assert len({avatar.certificate["index"] for avatar in (*first, *second)}) == 5
        alone = model.generate(3, "alice", hair_color="pink")
        assert [avatar.attributes for avatar in first] == [avatar.attributes for avatar in alone]
        assert [avatar.seed for avatar in second] == [50, 51]
        for avatar in (*first, *second):  # the certificate is enough for the very pixels
            assert (model.redraw(avatar.certificate) == avatar.pixels).all()

    at_work(visit)


def test_avatars_come_as_they_are_made(at_work: Callable[..., Any]) -> None:
    async def visit(workshop: Workshop) -> list[int]:
        return [avatar.certificate["batch"] async for avatar in workshop.generate("a", count=40)]

    assert at_work(visit) == [4] * 4 + [16] * 16 + [16] * 16 + [4] * 4


def test_steps_of_two_streams_take_turns(at_work: Callable[..., Any]) -> None:
    order: list[str] = []

    def steps(name: str) -> Iterator[str]:
        for _ in range(3):
            order.append(name)
            yield name

    async def visit(workshop: Workshop) -> None:
        event, holding = await held(workshop)
        streams = [asyncio.create_task(every(workshop.stream(name, lambda n=name: steps(n)))) for name in "ab"]
        while workshop.waiting < 2:
            await asyncio.sleep(0.001)
        event.set()
        assert await asyncio.gather(*streams) == [["a"] * 3, ["b"] * 3]
        await holding

    at_work(visit)
    assert order == list("ababab")


def test_everything_happens_in_one_thread_and_not_in_the_loops(at_work: Callable[..., Any]) -> None:
    async def visit(workshop: Workshop) -> set[int]:
        names = {await workshop.run("a", threading.get_ident) for _ in range(3)}
        async for name in workshop.stream("b", lambda: (threading.get_ident() for _ in range(2))):
            names.add(name)
        return names

    found = at_work(visit)
    assert len(found) == 1
    assert threading.get_ident() not in found


def test_what_takes_too_long_is_told_and_leaves_the_queue(at_work: Callable[..., Any]) -> None:
    async def visit(workshop: Workshop) -> None:
        await workshop.model()
        event, holding = await held(workshop)
        with pytest.raises(LateError, match="longer than"):
            await workshop.run("a", lambda: 1)
        with pytest.raises(LateError):
            await every(workshop.generate("a", count=2))
        assert workshop.waiting == 0
        event.set()
        with pytest.raises(LateError):
            await holding

    at_work(visit, seconds=0.2)


def test_who_hangs_up_costs_nothing_more(at_work: Callable[..., Any]) -> None:
    done: list[str] = []

    async def visit(workshop: Workshop) -> None:
        await workshop.model()
        event, holding = await held(workshop)
        gone = [
            asyncio.create_task(workshop.run("a", lambda: done.append("run"))),
            asyncio.create_task(every(workshop.generate("a", count=8))),
        ]
        while workshop.waiting < 2:
            await asyncio.sleep(0.001)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        assert workshop.waiting == 0
        event.set()
        await holding
        stream = workshop.stream("b", lambda: iter(closing()))
        async for _ in stream:
            break
        await stream.aclose()
        await workshop.run("b", lambda: None)

    def closing() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            done.append("closed")

    at_work(visit)
    assert done == ["closed"]


def test_a_full_queue_says_so(at_work: Callable[..., Any]) -> None:
    async def visit(workshop: Workshop) -> None:
        event, holding = await held(workshop)
        waiting = [asyncio.create_task(workshop.run("a", lambda: 1)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="your requests"):
            await workshop.run("a", lambda: 1)
        waiting.append(asyncio.create_task(workshop.run("b", lambda: 1)))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="too many"):
            await workshop.run("c", lambda: 1)
        event.set()
        assert await asyncio.gather(*waiting) == [1, 1, 1]
        await holding

    at_work(visit, waiting=3, waiting_each=2)


def test_closing_finishes_what_runs_and_waits(tiny_run: Path) -> None:
    async def whole() -> None:
        workshop = Workshop(Settings(models=(str(tiny_run),), threads=1, device="cpu"))
        slow = asyncio.create_task(workshop.run("a", lambda: time.sleep(0.3) or "slow"))
        made = asyncio.create_task(every(workshop.generate("b", count=20)))
        await workshop.model()
        await asyncio.sleep(0.05)
        await workshop.close()
        assert await slow == "slow"
        assert len(await made) == 20
        with pytest.raises(BusyError, match="going down"):
            await workshop.run("a", lambda: 1)
        with pytest.raises(BusyError):
            await every(workshop.generate("a"))

    asyncio.run(whole())


def test_mistakes_are_the_askers(at_work: Callable[..., Any]) -> None:
    def broken() -> None:
        raise ValueError("broken")

    async def visit(workshop: Workshop) -> None:
        with pytest.raises(NijigenError, match="plaid"):
            await every(workshop.generate("a", attributes={"hair_color": "plaid"}))
        with pytest.raises(NijigenError, match="truncation"):
            await every(workshop.generate("a", truncation=0.5))  # this family has no mean latent
        with pytest.raises(NijigenError, match="no model"):
            await every(workshop.generate("a", model="../../etc/passwd"))
        with pytest.raises(NijigenError, match="count"):
            await every(workshop.generate("a", count=10**9))
        with pytest.raises(ValueError, match="broken"):
            await workshop.run("a", broken)
        assert len(await every(workshop.generate("a", count=2))) == 2  # and nothing is broken for the next

    at_work(visit)
