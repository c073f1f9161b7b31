"""A real server in a thread, on a port of its own, with the tiny model."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")
pytest.importorskip("uvicorn", reason="uvicorn is not installed: the extra [serve]")

import httpx
import uvicorn

from nijigen.serve.app import build_app
from nijigen.serve.settings import Limits, Settings


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, its application, and a client of it."""

    url: str
    app: Any
    client: httpx.Client

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """POST JSON to a route of the API."""
        return self.client.post(f"/api/v1/{path}", json=body, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET a route of the API."""
        return self.client.get(f"/api/v1/{path}", **options)


@contextmanager
def run_served(settings: Settings) -> Iterator[Served]:
    app = build_app(settings)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=10))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Served(url, app, client)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serving(tiny_run: Path) -> Callable[..., AbstractContextManager[Served]]:
    """``with serving(token=…) as served:`` a server of one's own, with wide limits and without studio unless asked."""

    def make(**changes: Any) -> AbstractContextManager[Served]:
        usual = {
            "models": (str(tiny_run),),
            "quiet": True,
            "studio": False,
            "threads": 1,
            "limits": Limits(burst=100_000),
        }
        return run_served(Settings.model_validate({**usual, **changes}))

    return make


@pytest.fixture(scope="session")
def served(serving: Callable[..., AbstractContextManager[Served]]) -> Iterator[Served]:
    """One server for all who change nothing of it."""
    with serving() as one:
        yield one


@pytest.fixture(scope="session")
def avatars(served: Served) -> list[dict[str, Any]]:
    """Three avatars of the tiny model, as the API returns them."""
    made = served.post("generate", {"count": 3, "seed": 5, "attributes": {"hair_color": "pink"}})
    assert made.status_code == 200, made.text
    return list(made.json()["avatars"])


def is_problem(answer: httpx.Response, status: int, *words: str) -> None:
    """Asserts a problem document (RFC 9457) of that status whose detail holds the words, without a traceback."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["type"]) == (status, "about:blank")
    assert document["title"]
    assert "Traceback" not in answer.text
    for word in words:
        assert word in document["detail"], document


@pytest.fixture(scope="session")
def problem() -> Callable[..., None]:
    """See :func:`is_problem`."""
    return is_problem
