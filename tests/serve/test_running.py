"""The server as a process: addresses, beginnings and ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from nijigen.errors import NijigenError
from nijigen.serve.running import address, listening
from nijigen.serve.settings import Settings


@contextmanager
def process(*arguments: object, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``nijigen serve`` on a port of its own; gives the process and the line that it printed first."""
    usual = ["--port", "0", "--threads", "1", "--api-only"]
    command = [sys.executable, "-m", "nijigen", "serve", *usual, *map(str, arguments)]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **variables}
    )
    try:
        assert running.stdout is not None
        yield running, running.stdout.readline()
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def url_of(line: str) -> str:
    found = re.search(r"http://[^/\s]+", line)
    assert found, line
    return found[0].replace("localhost", "127.0.0.1")


def wait_until_ready(client: httpx.Client, **headers: str) -> None:
    for _ in range(600):
        if client.get("/api/v1/ready", headers=headers).status_code == 200:
            return
        time.sleep(0.05)
    raise AssertionError("the model was never opened")


@pytest.mark.parametrize("ending", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_an_end_finishes_what_runs(tiny_run: Path, ending: signal.Signals) -> None:
    with process("--model", tiny_run) as (running, line):
        assert "Ctrl-C ends it" in line
        with httpx.Client(base_url=url_of(line), timeout=60, trust_env=False) as client:
            wait_until_ready(client)
            answers: list[httpx.Response] = []
            one = client.post("/api/v1/generate", json={}).json()["avatars"][0]["certificate"]
            body = {"avatar": {"certificate": one}, "count": 64}  # one by one: longer than the signal takes
            asking = threading.Thread(target=lambda: answers.append(client.post("/api/v1/vary", json=body)))
            asking.start()
            while client.get("/api/v1/ready").json()["waiting"] == 0 and asking.is_alive():
                time.sleep(0.001)
            running.send_signal(ending)
            asking.join(60)
        assert running.wait(30) == 0
        out, err = running.communicate()
        assert [answer.status_code for answer in answers] == [200]
        assert len(answers[0].json()["avatars"]) == 64
        assert "Traceback" not in err
        assert out == ""


@pytest.mark.slow
def test_an_end_waits_for_who_fetches_an_animation(tiny_run: Path) -> None:
    with process("--model", tiny_run) as (running, line):
        with httpx.Client(base_url=url_of(line), timeout=60, trust_env=False) as client:
            wait_until_ready(client)
            made = client.post("/api/v1/generate", json={"count": 2}).json()["avatars"]
            avatars = [{"certificate": one["certificate"]} for one in made]
            job = client.post("/api/v1/morph", json={"avatars": avatars, "frames": 100, "scale": 4}).json()
            running.send_signal(signal.SIGTERM)
            while client.get("/api/v1/models").status_code != 503:
                time.sleep(0.001)
            while (state := client.get(f"/api/v1/jobs/{job['id']}").json()["state"]) == "running":
                time.sleep(0.05)
            assert state == "finished"
            assert client.get(f"/api/v1/jobs/{job['id']}/file").content[8:12] == b"WEBP"
        assert running.wait(30) == 0
        assert "Traceback" not in running.communicate()[1]


@pytest.mark.slow
def test_pages_that_hold_a_connection_open_do_not_hold_up_the_end(tiny_run: Path) -> None:
    with process("--model", tiny_run) as (running, line):
        host, _, port = url_of(line).removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"GET /api/v1/health HTTP/1.1\r\n")  # and never the rest of it
            time.sleep(0.3)
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0


def test_beyond_loopback_a_token_is_made_and_shown(tiny_run: Path) -> None:
    with process("--model", tiny_run, "--host", "0.0.0.0", "--quiet", NIJIGEN_TOKEN="") as (running, line):
        token = line.strip().partition("?token=")[2]
        assert len(token) >= 24
        with httpx.Client(base_url=url_of(line), timeout=60, trust_env=False) as client:
            assert client.get("/api/v1/models").status_code == 401
            assert client.get("/api/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        running.terminate()
        assert running.wait(20) == 0


@pytest.mark.slow
def test_a_token_from_the_environment_is_not_shown(tiny_run: Path) -> None:
    secret = "0123456789abcdef-secret"
    with process("--model", tiny_run, "--host", "0.0.0.0", NIJIGEN_TOKEN=secret) as (_, line):
        assert secret not in line
        with httpx.Client(base_url=url_of(line), timeout=60, trust_env=False) as client:
            assert client.get("/api/v1/models", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


@pytest.mark.slow
def test_a_model_that_cannot_be_opened_ends_it_with_a_line(tiny_run: Path, tmp_path: Path) -> None:
    data = bytearray((tiny_run / "model" / "generator.safetensors").read_bytes())
    data[-5] ^= 0xFF
    (tmp_path / "generator.safetensors").write_bytes(data)
    with process("--model", tmp_path) as (running, _):
        assert running.wait(60) == 2
        _, err = running.communicate()
        assert "nijigen: " in err
        assert "damaged" in err
        assert "Traceback" not in err


def test_a_port_that_is_taken_is_said(command: Callable[..., Any], tiny_run: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command("serve", "--model", tiny_run, "--port", port).refused(f"--port {port}", "taken")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "no-such-model"], ["no-such-model"]),
        (["--host", "no.such.host.invalid"], ["--host"]),
        (["--port", "99999"], ["port"]),
        (["--token", "short"], ["--token", "16"]),
        (["--engine", "compiled"], ["--engine compiled"]),
        (["--cors", "example.com"], ["--cors", "https://"]),
    ],
)
def test_wrong_input(command: Callable[..., Any], arguments: list[str], words: list[str]) -> None:
    command("serve", *([] if "--port" in arguments else ["--port", "0"]), *arguments).refused(*words)


def test_a_missing_extra_is_said(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nijigen.terminal.find_spec", lambda name: None if name == "uvicorn" else object())
    command("serve").refused("uvicorn", 'pip install "nijigen[serve]"')


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://localhost:"), ("0.0.0.0", "http://localhost:"), ("localhost", "http://localhost:")],
)
def test_addresses_that_a_browser_can_open(host: str, shown: str) -> None:
    settings = Settings(host=host, port=0)
    with listening(settings) as listener:
        assert address(settings, listener).startswith(shown)


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="no address of this machine"):
        listening(Settings(host="203.0.113.7", port=0))
