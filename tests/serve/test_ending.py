"""The server ends without a word where a client never sent the body that it announced."""

import signal
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed: the extra [serve]")

HALF = b"POST /api/v1/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


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
