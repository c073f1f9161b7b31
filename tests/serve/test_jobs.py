"""Jobs: watched, fetched, given up, forgotten."""

import asyncio

import pytest
from starlette.responses import Response

from nijigen.errors import NijigenError
from nijigen.serve import jobs as module
from nijigen.serve.jobs import Job, Jobs, UnknownJobError
from nijigen.serve.problems import of_mistake
from nijigen.serve.turns import BusyError


async def counted(job: Job) -> tuple[bytes, str]:
    for _ in range(job.steps):
        await asyncio.sleep(0)
        job.advance()
    return b"file", "image/webp"


async def forever(job: Job) -> tuple[bytes, str]:
    await asyncio.sleep(100)
    return b"", ""


def test_who_watches_sees_it_to_its_end() -> None:
    async def visit() -> None:
        jobs = Jobs()
        job = jobs.begin(3, counted)
        seen = [(one.done, one.state) async for one in job.watch()]
        assert seen[-1] == (3, "finished")
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert jobs.get(job.name).file == b"file"
        assert [one.state async for one in job.watch()] == ["finished"]  # also who comes later

    asyncio.run(visit())


def test_mistakes_are_the_jobs() -> None:
    async def wrong(job: Job) -> tuple[bytes, str]:
        raise NijigenError("too many frames")

    async def visit() -> None:
        job = Jobs().begin(1, wrong)
        assert [one.state async for one in job.watch()][-1] == "failed"
        assert str(job.problem) == "too many frames"

    asyncio.run(visit())


def test_what_ended_a_job_is_told_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    async def wrong(job: Job) -> tuple[bytes, str]:
        raise NijigenError("too many frames")

    async def breaks(job: Job) -> tuple[bytes, str]:
        raise RuntimeError("inside information")

    async def visit() -> list[Response]:
        jobs = Jobs()
        ended = [jobs.begin(1, work) for work in (wrong, breaks, forever)]
        await asyncio.sleep(0.01)
        jobs.give_up()
        await jobs.close()
        return [of_mistake(job.problem) for job in ended if job.problem is not None]

    answers = asyncio.run(visit())
    assert [answer.status_code for answer in answers] == [422, 500, 404]
    assert all(b"inside" not in bytes(answer.body) for answer in answers)
    assert "inside information" in capsys.readouterr().err


def test_what_nobody_watches_any_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)

    async def visit() -> None:
        jobs = Jobs()
        job, unwatched = jobs.begin(1, forever), jobs.begin(1, forever)
        watching = job.watch()
        await anext(watching)
        await watching.aclose()
        again = job.watch()  # who comes back in time keeps it alive
        await anext(again)
        await asyncio.sleep(0.1)
        assert job.state == "running"
        await again.aclose()
        await asyncio.sleep(0.1)
        assert job.state == "failed"
        assert unwatched.state == "running"  # one that is only asked after now and then goes on
        assert unwatched.task is not None
        unwatched.task.cancel()
        await jobs.close()

    asyncio.run(visit())


def test_what_is_given_up_before_its_first_step_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNNING", 1)

    async def visit() -> None:
        jobs = Jobs()
        job = jobs.begin(1, forever)
        assert job.task is not None
        job.task.cancel()
        await jobs.close()
        assert job.state == "failed"
        assert [one.state async for one in job.watch()] == ["failed"]
        assert jobs.begin(1, counted).state == "running"  # its place is free
        await jobs.close()

    asyncio.run(visit())


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr(module, "MOST_RUNNING", 2)

    async def visit() -> None:
        jobs = Jobs()
        first = jobs.begin(1, counted)
        for _ in range(4):
            await jobs.close()
            last = jobs.begin(1, counted)
        with pytest.raises(UnknownJobError):
            jobs.get(first.name)
        assert jobs.get(last.name) is last
        await jobs.close()
        running = [jobs.begin(1, forever) for _ in range(2)]
        with pytest.raises(BusyError):
            jobs.begin(1, forever)
        for job in running:
            assert job.task is not None
            job.task.cancel()
        await jobs.close()

    asyncio.run(visit())


def test_a_finished_job_is_awaited_until_its_file_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit() -> None:
        jobs = Jobs()
        assert not jobs.awaited()
        job, running = jobs.begin(1, counted), jobs.begin(1, forever)
        assert jobs.awaited()
        jobs.give_up()
        await jobs.close()
        assert (running.state, job.state) == ("failed", "failed")
        assert not jobs.awaited()
        job = jobs.begin(1, counted)
        await jobs.close()
        assert jobs.awaited()
        job.fetched = True
        assert not jobs.awaited()
        job.fetched = False
        monkeypatch.setattr(module, "FETCHING", 0.0)
        await asyncio.sleep(0.01)
        assert not jobs.awaited()  # who would ask has had the time

    asyncio.run(visit())


def test_a_job_is_awaited_in_the_moment_between_its_file_and_its_end() -> None:
    async def visit() -> None:
        jobs = Jobs()
        job = jobs.begin(1, counted)
        seen = []
        while not job.ended:
            seen.append((job.file is not None, jobs.awaited()))
            await asyncio.sleep(0)
        assert (True, True) in seen
        assert all(awaited for _, awaited in seen)

    asyncio.run(visit())


def test_no_client_takes_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EACH", 2)

    async def visit() -> None:
        jobs = Jobs()
        running = [jobs.begin(1, forever, "a") for _ in range(2)]
        with pytest.raises(BusyError) as refused:
            jobs.begin(1, forever, "a")
        assert not refused.value.everybody
        running.append(jobs.begin(1, forever, "b"))
        for job in running:
            assert job.task is not None
            job.task.cancel()
        await jobs.close()
        assert jobs.begin(1, counted, "a").state == "running"  # there is room again
        await jobs.close()

    asyncio.run(visit())


def test_names_cannot_be_guessed() -> None:
    names = {Job(1).name for _ in range(100)}
    assert len(names) == 100
    assert min(map(len, names)) >= 20
    with pytest.raises(UnknownJobError):
        Jobs().get("../../etc/passwd")
