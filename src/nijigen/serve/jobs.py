"""Work that takes longer than a request should: begun by one request, watched by another, fetched by a third.

A job nobody watches any more is given up; what is finished is kept for a while, and is found by its name alone, which
nobody can guess.
"""

import asyncio
import secrets
import sys
import traceback
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from nijigen.errors import NijigenError
from nijigen.serve.turns import BusyError

MOST = 64  # jobs that are remembered
MOST_RUNNING, MOST_EACH = 16, 4  # of everybody, and of one client
ROOM = 256 * 2**20  # bytes of finished files
GRACE = 10.0  # seconds after which a job is given up that was watched and is watched no more
FETCHING = 5.0  # seconds in which who waits for a job notices that it is finished, and asks for its file
GIVEN_UP = "nobody watched this job any more, so it was given up: begin it again"


class UnknownJobError(NijigenError):
    """A name that is none of a job that is remembered, or of one that was given up."""


class BrokenError(NijigenError):
    """A fault of the server's own, which is in its log."""

    def __init__(self) -> None:
        super().__init__("something went wrong here; whoever runs the server finds it in its log")


@dataclass(eq=False)
class Job:
    """One work.

    Attributes:
        steps, done: how many there are, and how many are done.
        file: what came of it, with its media type; None as long as it is not there.
        problem: what went wrong instead.
        client: who began it.
        ended: when it came to its end, by the clock of the event loop; 0 before, and for the moment in which its file
            or its problem is there already and its task is not over yet.
        fetched: whether somebody asked for its file.
    """

    steps: int
    client: str = ""
    name: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    done: int = 0
    file: bytes | None = None
    media_type: str = ""
    problem: NijigenError | None = None
    watchers: int = 0
    ended: float = 0.0
    fetched: bool = False
    task: "asyncio.Task[None] | None" = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> str:
        """``running``, ``finished`` or ``failed``."""
        return "failed" if self.problem else "running" if self.file is None else "finished"

    def advance(self) -> None:
        """One step more is done."""
        self.done += 1
        self.tell()

    def tell(self) -> None:
        """Wake everybody who watches."""
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """Its work is over; where that never began, nobody else says so."""
        self.ended = asyncio.get_running_loop().time()
        if self.state == "running":
            self.problem = UnknownJobError(GIVEN_UP)
            self.tell()

    async def watch(self) -> AsyncGenerator["Job", None]:
        """The job itself, now and whenever something has changed, until it is at its end."""
        self.watchers += 1
        try:
            while True:
                changed = self._changed
                yield self
                if self.state != "running":
                    return
                await changed.wait()
        finally:
            self.watchers -= 1
            if not self.watchers and self.state == "running":
                asyncio.get_running_loop().call_later(GRACE, self._give_up)

    def _give_up(self) -> None:
        if not self.watchers and self.task is not None:
            self.task.cancel()


class Jobs:
    """All jobs of a server."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def begin(self, steps: int, work: Callable[[Job], Awaitable[tuple[bytes, str]]], client: str = "") -> Job:
        """Start a job.

        Args:
            client: whose it is; none of them can have all places.
            work: gives the file and its media type, and tells the job of its steps.

        Raises:
            BusyError: too many are running, of everybody or of this client.
        """
        running = [job for job in self._jobs.values() if job.state == "running"]
        if client and sum(job.client == client for job in running) >= MOST_EACH:
            raise BusyError(f"{MOST_EACH} of your animations are being made: ask again when one is done", False, 10)
        if len(running) >= MOST_RUNNING:
            raise BusyError("too many animations are being made: ask again in a moment", True, 10)
        job = Job(steps, client)
        self._jobs[job.name] = job
        job.task = asyncio.get_running_loop().create_task(self._run(job, work))
        job.task.add_done_callback(lambda _: job.end())
        self._forget()
        return job

    def get(self, name: str) -> Job:
        """A job by name.

        Raises:
            UnknownJobError: there is none, or none any more.
        """
        if name not in self._jobs:
            raise UnknownJobError("there is no such job, or no more: finished ones are kept for a while only")
        return self._jobs[name]

    def awaited(self) -> bool:
        """Whether a job still runs, or one has just finished whose file nobody asked for yet."""
        since = asyncio.get_running_loop().time() - FETCHING
        return any(
            not job.ended or (job.file is not None and not job.fetched and job.ended > since)
            for job in self._jobs.values()
        )

    def give_up(self) -> None:
        """End what still runs."""
        for job in self._jobs.values():
            if job.task is not None:
                job.task.cancel()

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.gather(*(job.task for job in self._jobs.values() if job.task), return_exceptions=True)

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[tuple[bytes, str]]]) -> None:
        try:
            job.file, job.media_type = await work(job)
        except NijigenError as error:
            job.problem = error
        except asyncio.CancelledError:
            job.problem = UnknownJobError(GIVEN_UP)
            raise
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            job.problem = BrokenError()
        finally:
            job.tell()

    def _forget(self) -> None:
        """Let the oldest finished ones go, where there is no room for them."""
        ended = [job for job in self._jobs.values() if job.state != "running"]
        held = sum(len(job.file or b"") for job in ended)
        for job in ended:
            if len(self._jobs) <= MOST and held <= ROOM:
                return
            del self._jobs[job.name]
            held -= len(job.file or b"")
