"""Certificates that strangers send are answered with a problem or an avatar, never with a fault of the server."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")

from starlette.testclient import TestClient

from nijigen.avatar import Avatar
from nijigen.images.png import encode_png
from nijigen.serve.app import build_app
from nijigen.serve.settings import Settings


@pytest.fixture(scope="module")
def asked() -> Iterator[TestClient]:
    """A client of a server that would tell a fault of its own as 500."""
    app = build_app(Settings(threads=1, quiet=True))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def avatar(asked: TestClient) -> Avatar:
    answer = asked.post("/api/v1/generate", json={"seed": 5, "format": "png"})
    return Avatar.read(answer.content, "answer")


def recreated(asked: TestClient, certificate: dict[str, Any]) -> Any:
    body = json.dumps({"avatar": {"certificate": certificate}})  # as lenient as strangers are: NaN, half characters
    return asked.post("/api/v1/recreate", content=body, headers={"Content-Type": "application/json"})


SET = [{"kind": "set", "attributes": {"hair_color": "blue"}}]
DAMAGE: list[dict[str, Any]] = [
    {"attributes": {"hair_color": None}},
    {"attributes": {"hair_color": "pink", "x": {}}, "born": {}, "edits": SET},
    {"attributes": {}, "born": {"hair_color": [1]}, "edits": SET},
    {"attributes": []},
    {"born": "x", "edits": SET},
    {"edits": [3]},
    {"edits": 3},
    {"seed": [1]},
    {"seed": "x"},
    {"z": "AAAA"},
    {"z": 3},
    {"truncation": 1e308},
    {"batch": 65},
    {"batch": 4096, "index": 4095},
    {"index": 70},
    {"digest": None},
    {"kind": "illustration", "size": 5000, "channels": 3},
    {"kind": "illustration", "size": 64, "channels": 7},
    {"kind": ["model"]},
    {"format_version": 2},
    {"digest": "\ud800"},
    {"kind": "\udfff"},
    {"note": "\ud800"},
    {"\ud800": 1},
    {"note": float("nan")},
    {"note": [float("-inf")]},
]


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_damage_is_a_problem(damage: dict[str, Any], asked: TestClient, avatar: Avatar) -> None:
    answer = recreated(asked, {**avatar.certificate, **damage})
    assert answer.status_code in (404, 413, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_certificate_itself_gives_the_same_pixels(asked: TestClient, avatar: Avatar) -> None:
    answer = recreated(asked, avatar.certificate).json()
    assert answer["same"]
    again = Avatar.read(base64.b64decode(answer["avatar"]["file"]), "again")
    assert (again.pixels == avatar.pixels).all()


def test_a_changed_file_is_told(asked: TestClient, avatar: Avatar) -> None:
    pixels = avatar.pixels.copy()
    pixels[0, 0, 0] ^= 1
    for data, told in ((encode_png(Image.fromarray(pixels), avatar.certificate), True), (avatar.webp(), False)):
        file = base64.b64encode(data).decode()
        answer = asked.post("/api/v1/recreate", json={"avatar": {"file": file}}).json()
        assert answer["same"]  # as the certificate says
        assert ("the file itself was changed after it was made" in answer["differences"]) == told
