"""A server process of nijigen, and clients that press it: what :mod:`serving` measures with.

Not a benchmark by itself: others ask it.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import psutil

GENERATE = "/api/v1/generate"
PATIENCE = 120  # seconds for the server to begin, and for one answer


@dataclass
class Answer:
    """One request: avatars asked for, seconds it took, the HTTP status (0: none), and the body."""

    count: int
    seconds: float
    status: int
    body: bytes = b""
    problem: str = ""


@dataclass
class Load:
    """What came of all requests."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    client_seconds: float = 0.0

    @property
    def good(self) -> list[Answer]:
        """The requests that got what they asked for."""
        return [answer for answer in self.answers if answer.status == 200]


class Served:
    """A `nijigen serve` of its own, on a free port."""

    def __init__(self, model: str, threads: int | None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = ["serve", "--model", model, "--port", str(self.port), "--quiet"]
        words += [] if threads is None else ["--threads", str(threads)]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # read when the process has ended
        self._process = subprocess.Popen([sys.executable, "-m", "nijigen", *words], stderr=self._said)
        self._seen = psutil.Process(self._process.pid)

    async def begin(self) -> float:
        """Seconds until it can make avatars."""
        start = time.perf_counter()
        while time.perf_counter() - start < PATIENCE:
            if self._process.poll() is not None:
                break
            try:
                client = await Client.open(self.port, "127.0.0.1")
                status, _ = await client.ask("GET", "/api/v1/ready")
                client.close()
                if status == 200:
                    return time.perf_counter() - start
            except OSError:
                pass
            await asyncio.sleep(0.1)
        raise SystemExit(f"the server did not begin: {self.end()[1]}")

    @property
    def memory(self) -> int:
        """The bytes that it has in memory now."""
        return int(self._seen.memory_info().rss)

    @property
    def work(self) -> float:
        """Seconds that it has computed, of all cores."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def end(self) -> tuple[int, str]:
        """Exit code after SIGTERM, and what it said on standard error."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE)
        self._said.seek(0)
        return code, self._said.read().decode(errors="replace").strip()


class Client:
    """One connection that is kept open; no more of HTTP/1.1 than the server needs to be asked."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self._reader, self._writer, self._port = reader, writer, port

    @classmethod
    async def open(cls, port: int, address: str) -> "Client":
        """Connect from an address of this machine."""
        local = None if address == "127.0.0.1" else (address, 0)
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=local), port)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """Status and body of an answer.

        Raises:
            OSError: the connection was cut, or nothing came for long.
        """
        sent = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        async with asyncio.timeout(PATIENCE):
            try:
                lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:])}
                return int(lines[0].split()[1]), await self._reader.readexactly(int(headers["content-length"]))
            except (asyncio.IncompleteReadError, KeyError, ValueError, IndexError) as error:
                raise OSError(f"no whole answer: {error!r}") from None

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def press(port: int, clients: int, seconds: float, counts: list[int]) -> Load:
    """Ask from so many clients for so long."""
    load, start = Load(), time.perf_counter()
    end, before = start + seconds, time.process_time()

    async def one(number: int) -> None:
        client: Client | None = None
        address = f"127.0.{1 + number // 250}.{1 + number % 250}"
        turn = number
        while (asked := time.perf_counter()) < end:
            count, turn = counts[turn % len(counts)], turn + 1
            body = {"count": count, "seed": f"{number} {turn}", "format": "png" if count == 1 else "zip"}
            try:
                client = client or await Client.open(port, address)
                status, got = await client.ask("POST", GENERATE, body)
                problem = "" if status == 200 else got[:200].decode(errors="replace")
            except (OSError, TimeoutError) as error:
                client, status, got, problem = None, 0, b"", f"{type(error).__name__}: {error}"
            load.answers.append(Answer(count, time.perf_counter() - asked, status, got, problem))
            if status != 200:
                await asyncio.sleep(0.1)
        if client:
            client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    load.seconds, load.client_seconds = time.perf_counter() - start, time.process_time() - before
    return load
