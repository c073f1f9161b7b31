"""The server as a process: a socket, a line that says where it is, and an end that finishes what runs."""

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import signal
import socket
import sys
import webbrowser
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.datastructures import State

from nijigen.errors import NijigenError
from nijigen.serve.app import build_app
from nijigen.serve.gate import Gate
from nijigen.serve.jobs import Jobs
from nijigen.serve.settings import Settings, is_loopback
from nijigen.serve.workshop import Workshop

QUIET_FOR = 2.0  # seconds without work after which, at the end, connections that are only held open are cut
WRITING = 30.0  # seconds more than a request's own, in which what was made is encoded and sent
BACKLOG = 128


def run_server(settings: Settings, show: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C, and finish what was begun.

    Args:
        show: open the page in this computer's browser.

    Raises:
        NijigenError: the address cannot be had, or a model is not there.
    """
    if settings.engine == "compiled":
        raise NijigenError(
            "--engine compiled takes a minute for each size of batch, and visitors make them of all sizes: use onnx"
        )
    made = settings.beyond_loopback and settings.token is None
    if made:
        settings = settings.model_copy(update={"token": SecretStr(secrets.token_urlsafe(24))})
    os.environ.setdefault("NIJIGEN_OFFLINE", "1")  # no visitor has this machine fetch anything
    with listening(settings) as listener:
        url = address(settings, listener)
        app = build_app(settings)
        config = uvicorn.Config(
            app,
            access_log=False,  # it would print the texts that are seeds
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=round(settings.limits.seconds + WRITING),
        )
        asked = "" if settings.token is None else f"?token={settings.token.get_secret_value()}"
        if not settings.quiet:
            print(f"nijigen is at {url}{asked if made else ''} (Ctrl-C ends it)")
        elif made:
            print(f"{url}{asked}")  # nobody could get in without it
        print(end="", flush=True)
        if show:
            webbrowser.open(url + asked)
        before = signal.signal(signal.SIGTERM, _ended)  # what uvicorn hands the signal on to when it is done
        try:
            server = _Server(config, app.state)
            with contextlib.suppress(KeyboardInterrupt):
                server.run(sockets=[listener])
            if server.mistake is not None:
                raise server.mistake
        finally:
            signal.signal(signal.SIGTERM, before)


def listening(settings: Settings) -> socket.socket:
    """The socket that the server listens on.

    Raises:
        NijigenError: the port is taken, or the address is none of this machine.
    """
    host, port = settings.host.strip("[]"), settings.port
    listener: socket.socket | None = None
    try:
        kind, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(kind, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise NijigenError(f"--port {port} is taken by another program: choose another, or 0 for any") from None
        if error.errno == errno.EACCES:
            raise NijigenError(f"--port {port} needs more rights than you have: choose one from 1024 on") from None
        raise NijigenError(
            f"--host {settings.host} is no address of this machine ({error.strerror or error})"
        ) from None
    return listener


def address(settings: Settings, listener: socket.socket) -> str:
    """The URL of the page, with a host that a browser here can open."""
    host, port = settings.host.strip("[]"), listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1" if host != "::" else "::1"
    return f"http://{f'[{host}]' if ':' in host else 'localhost' if is_loopback(host) else host}:{port}/"


class _Server(uvicorn.Server):
    """Waits at the end for what is worked on, and not for pages that hold a connection open.

    Args:
        shared: the ``state`` of the application.
    """

    def __init__(self, config: uvicorn.Config, shared: State) -> None:
        super().__init__(config)
        self._workshop: Workshop = shared.workshop
        self._jobs: Jobs = shared.jobs
        self._gate: Gate = shared.gate
        self.mistake: NijigenError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """End where the default model cannot be opened: a wrong device, say, or a damaged file."""
        self.mistake = await self._workshop.warm()
        if self.mistake is not None:
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gate.close()
        await self._finish_jobs()
        cutting = asyncio.create_task(self._cut())
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()

    async def _finish_jobs(self) -> None:
        """Let jobs end and their files be fetched: by requests of their own, which uvicorn will take no more."""
        clock = asyncio.get_running_loop().time
        late = clock() + (self.config.timeout_graceful_shutdown or 0)
        while self._jobs.awaited() and clock() < late and not self.force_exit:
            await asyncio.sleep(0.1)
        self._jobs.give_up()

    async def _cut(self) -> None:
        """Close what nobody works for: the studio's streams, and requests that never came whole."""
        quiet = 0.0
        while quiet < QUIET_FOR:
            await asyncio.sleep(0.1)
            quiet = quiet + 0.1 if self._workshop.idle and not self._gate.under_way else 0.0
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        for connection in list(self.server_state.connections):
            connection.transport.close()  # what is written is sent; whoever waits for a body sees that nobody is there
        await asyncio.sleep(QUIET_FOR / 2)
        for task in list(self.server_state.tasks):
            task.cancel()


def _ended(*_: Any) -> None:
    """SIGTERM, once everything is finished: the process ends as it would have anyway."""
    with contextlib.suppress(ValueError):
        sys.stdout.flush()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether uvicorn should tell it: that a page's connection was cut is what was meant, and no failure."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
