"""What of the API is under way, and who is let in at the end."""

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("starlette", reason="starlette is not installed: the extra [serve]")

from nijigen.serve.gate import Gate, Gated

Body = list[tuple[bytes, bool]]  # pieces, and whether more come


def visited(gate: Gate, path: str, body: Body, **headers: str) -> tuple[list[int], list[dict[str, Any]]]:
    """How many requests were under way before each piece and after the last, and what was answered."""
    seen: list[int] = []
    sent: list[dict[str, Any]] = []
    pieces = iter(body)

    async def receive() -> dict[str, Any]:
        piece, more = next(pieces)
        return {"type": "http.request", "body": piece, "more_body": more}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in body:
            seen.append(gate.under_way)
            await receive()
        seen.append(gate.under_way)
        raise RuntimeError("broken")

    scope = {
        "type": "http",
        "path": path,
        "headers": [(name.encode(), said.encode()) for name, said in headers.items()],
    }
    try:
        asyncio.run(Gated(app, gate)(scope, receive, send))
    except RuntimeError:
        assert gate.under_way == 0  # also where it ends badly
    return seen, sent


LONG = {"content-length": "4"}
PIECES: Body = [(b"ab", True), (b"cd", False)]


@pytest.mark.parametrize(
    ("path", "headers", "body", "counts"),
    [
        ("/api/v1/models", {}, [], [1]),
        ("/api/v1/models", {"content-length": "0"}, [(b"", False)], [1, 1]),
        ("/api/v1/generate", LONG, PIECES, [0, 0, 1]),
        ("/api/v1/generate", {"transfer-encoding": "chunked"}, PIECES, [0, 0, 1]),
        ("/api/v1/generate", LONG, [(b"ab", True)], [0, 0]),  # the rest may never come
        ("/gradio_api/queue/data", {}, [], [0]),
    ],
)
def test_a_request_is_under_way_once_it_is_whole(
    path: str, headers: dict[str, str], body: Body, counts: list[int]
) -> None:
    assert visited(Gate(), path, body, **headers)[0] == counts


def test_a_closed_gate_lets_nobody_in_but_for_jobs() -> None:
    gate = Gate()
    gate.close()
    for path in ("/api/v1/generate", "/api/v1/jobs", "/", "/api/v1/avatars/a.png"):
        seen, sent = visited(gate, path, [])
        assert seen == []
        assert sent[0]["status"] == 503
        assert dict(sent[0]["headers"])[b"retry-after"] == b"10"
        assert "going down" in json.loads(sent[1]["body"])["detail"]
    assert visited(gate, "/api/v1/jobs/x/file", [])[0] == [1]
