"""Worker processes as plain Python programs that answer through pipes.

Not :mod:`multiprocessing`: a fork of a parent with threads (torch has them) can hang, and a spawned child imports the
caller's script once more, with all that it imports, and fails where the script lacks a main guard. A worker here
imports what its function needs and nothing else, and ends by itself when its parent is gone: its input then ends.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, TypeVar

from nijigen.errors import NijigenError

HEAD = 8
START = "import sys; sys.path[:] = sys.argv[1:]; from nijigen.crew import serve; serve()"

Task = TypeVar("Task")
Done = TypeVar("Done")


def in_order(function: Callable[[Task], Done], tasks: Iterable[Task], workers: int) -> Iterator[Done]:
    """``function`` of each task, in the order of the tasks, from ``workers`` processes (1: this one).

    Few tasks are in flight at a time, whatever their number. Function, tasks and results must be picklable.

    Raises:
        NijigenError: one that the function raised, or a worker process died.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    crew = Crew(workers)
    threads = ThreadPoolExecutor(workers)  # one waits for each worker
    waiting: deque[Future[Any]] = deque()
    try:
        for task in tasks:
            waiting.append(threads.submit(crew.ask, (function, task)))
            if len(waiting) > 2 * workers + 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
        crew.close()


class Crew:
    """A number of worker processes, each of which answers one question at a time."""

    def __init__(self, workers: int) -> None:
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        command = [sys.executable, "-P", "-c", START, *sys.path]
        for _ in range(workers):
            worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._all.append(worker)
            self._idle.put(worker)

    def ask(self, question: tuple[Callable[[Any], Any], Any]) -> Any:
        """Have the next idle worker call a function; returns or raises what it does."""
        worker = self._idle.get()
        try:
            assert worker.stdin is not None
            assert worker.stdout is not None
            _send(worker.stdin, pickle.dumps(question))
            good, answer = pickle.loads(_receive(worker.stdout))
        except (EOFError, BrokenPipeError):
            raise NijigenError("a worker process died (out of memory?): run again with --workers 1 to go on") from None
        finally:
            self._idle.put(worker)
        if not good:
            raise answer
        return answer

    def close(self) -> None:
        """End all workers and wait for them."""
        for worker in self._all:
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):  # what a dead worker never took cannot be flushed
                        pipe.close()
        for worker in self._all:
            worker.wait()


def serve() -> None:
    """The life of a worker: answer questions until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends its workers
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a codec may print must not get between the answers
    while True:
        try:
            function, task = pickle.loads(_receive(sys.stdin.buffer))
            _send(answers, _answer(function, task))
        except (EOFError, BrokenPipeError):
            os._exit(0)


def _answer(function: Callable[[Any], Any], task: Any) -> bytes:
    try:
        return pickle.dumps((True, function(task)))
    except NijigenError as error:
        return pickle.dumps((False, NijigenError(str(error))))
    except Exception:  # a mistake of ours: its trace must reach the parent
        return pickle.dumps((False, RuntimeError(traceback.format_exc())))


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(HEAD, "big"))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    head = pipe.read(HEAD)
    size = int.from_bytes(head, "big")
    data = pipe.read(size) if len(head) == HEAD else b""
    if len(head) < HEAD or len(data) < size:
        raise EOFError
    return data
