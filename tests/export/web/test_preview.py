"""The small web server: its headers, what it keeps to itself, and whom it answers."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.export.web.preview import Preview


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "site"
    (inside / "js").mkdir(parents=True)
    (inside / "index.html").write_text("<p>here</p>")
    (inside / "js" / "main.js").write_text("1")
    (inside / "model.gz").write_bytes(b"\x1f\x8bpacked")
    (inside / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    (inside / "way-out").symlink_to(tmp_path / "secret.txt")
    return inside


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    with Preview(folder) as preview:
        yield preview.url


def get(url: str, **headers: str) -> tuple[int, Any, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""


def test_it_sends_what_threads_need(served: str) -> None:
    status, headers, body = get(served)
    assert (status, body) == (200, b"<p>here</p>")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert get(f"{served}js/main.js")[1]["Content-Type"] == "text/javascript"
    status, headers, body = get(f"{served}model.gz")
    assert (headers["Content-Type"], headers["Content-Encoding"]) == ("application/gzip", None)  # the page unpacks it
    assert body == b"\x1f\x8bpacked"


@pytest.mark.parametrize("path", ["js/", ".hidden", "way-out", "%2e%2e/secret.txt", "../secret.txt", "js/none.js"])
def test_it_keeps_the_rest_to_itself(path: str, served: str) -> None:
    assert get(served + path)[0] == 404


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:80", "", "[::2]", "127.0.0.1.example"])
def test_other_names_are_not_answered(host: str, served: str) -> None:
    assert get(served, Host=host)[0] == 421
    assert get(served, Host="localhost:1")[0] == 200


def test_it_listens_to_this_computer_alone(served: str) -> None:
    port = int(served.rstrip("/").rpartition(":")[2])
    assert served.startswith("http://127.0.0.1:")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port), timeout=5):
        pass


def test_mistakes(folder: Path, served: str, command: Callable[..., Any], tmp_path: Path) -> None:
    taken = served.rstrip("/").rpartition(":")[2]
    command("preview", folder, "--port", taken).refused("--port", taken, "0 for any")
    command("preview", folder, "--port", 70_000).refused("--port 70000", "65535")
    command("preview", tmp_path / "none").refused("none", "index.html", "--to web")
    with pytest.raises(NijigenError):
        Preview(tmp_path)


def test_the_verb_serves_until_it_is_interrupted(folder: Path) -> None:
    import signal

    line = [sys.executable, "-m", "nijigen", "preview", str(folder), "--port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            url = next(word for word in told.split() if word.startswith("http"))
            assert get(url)[2] == b"<p>here</p>"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
