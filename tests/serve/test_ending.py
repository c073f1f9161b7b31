"""The server's end: what was begun is finished, and nobody is waited for who sends and fetches nothing."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed: the extra [serve]")

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from nijigen.serve import running as module
from nijigen.serve.gate import Gate, Gated
from nijigen.serve.jobs import Job, Jobs

HALF = b"POST /api/v1/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Ending:
    """A server whose workshop has nothing to do, in a thread, and that is told to end."""

    def __init__(self, routes: list[Route]) -> None:
        self.jobs, gate = Jobs(), Gate()
        state = State({"workshop": SimpleNamespace(idle=True, warm=self._opened), "jobs": self.jobs, "gate": gate})
        app = Gated(Starlette(routes=routes), gate)
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=20, lifespan="off")
        self._server = module._Server(config, state)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api/v1"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)

    async def _opened(self) -> None:
        return None

    def __enter__(self) -> "Ending":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def end(self) -> None:
        self._server.should_exit = True

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(30)
        self._listener.close()
        assert not self._thread.is_alive()


def test_an_end_waits_for_answers_that_are_written_outside_the_workshop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET_FOR", 0.2)
    writing, asked = threading.Event(), []

    async def write(request: Request) -> PlainTextResponse:
        await request.body()
        writing.set()
        await asyncio.to_thread(time.sleep, 1.5)
        return PlainTextResponse("whole")

    with Ending([Route("/api/v1/slow", write, methods=["POST"])]) as server:
        asking = threading.Thread(target=lambda: asked.append(httpx.post(f"{server.url}/slow", json={}, timeout=20)))
        asking.start()
        assert writing.wait(20)
        server.end()
        asking.join(20)
    assert [answer.text for answer in asked] == ["whole"]


@pytest.mark.parametrize("fetched", [True, False])
def test_an_end_waits_for_jobs_until_their_files_are_fetched(monkeypatch: pytest.MonkeyPatch, fetched: bool) -> None:
    monkeypatch.setattr("nijigen.serve.jobs.FETCHING", 20.0 if fetched else 0.1)
    go, begun = threading.Event(), []

    async def work(_: Job) -> tuple[bytes, str]:
        await asyncio.to_thread(go.wait, 20)
        return b"film", "image/webp"

    async def begin(_: Request) -> PlainTextResponse:
        begun.append(server.jobs.begin(1, work))
        return PlainTextResponse("")

    async def file(_: Request) -> Response:
        begun[0].fetched = begun[0].file is not None
        return Response(begun[0].file, 409 if begun[0].file is None else 200)

    with Ending([Route("/api/v1/morph", begin), Route("/api/v1/jobs/x/file", file)]) as server:
        httpx.get(f"{server.url}/morph")
        server.end()
        while (refused := httpx.get(f"{server.url}/morph")).status_code != 503:
            time.sleep(0.01)
        assert refused.json()["detail"].startswith("the server is going down")
        assert httpx.get(f"{server.url}/jobs/x/file").status_code == 409
        go.set()
        while fetched and (answer := httpx.get(f"{server.url}/jobs/x/file")).status_code == 409:
            time.sleep(0.01)
        assert not fetched or answer.content == b"film"
    assert begun[0].state == "finished"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end politely with")
def test_half_a_request_does_not_hold_it() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "nijigen", "serve", "--port", str(port), "--quiet", "--threads", "1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert said(port, HEALTH).startswith(b"HTTP/1.1 200")
            with socket.create_connection(("127.0.0.1", port)) as half:
                half.sendall(HALF)
                time.sleep(0.5)
                server.send_signal(signal.SIGTERM)
                _, told = server.communicate(timeout=60)
        finally:
            server.kill()
    assert (server.returncode, told) == (0, "")


def said(port: int, request: bytes) -> bytes:
    """What is answered, once somebody listens."""
    end = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as asked:
                asked.sendall(request)
                return b"".join(iter(lambda: asked.recv(65_536), b""))
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
