"""GET /avatars/{text}.png: the same face for the same text, for any site to show."""

import hashlib
import io
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.illustrator import compose
from nijigen.serve.api import drawing
from nijigen.serve.settings import Limits


def shown(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_it_is_the_illustrators_face_for_the_text(served: Any) -> None:
    answer = served.get("avatars/alice.png", params={"size": 64, "hair_color": "pink"})
    assert answer.headers["content-type"] == "image/png"
    character = compose("alice", hair_color="pink")
    assert (shown(answer.content) == character.render(64)).all()
    webp = served.get("avatars/alice.webp", params={"size": 64, "hair_color": "粉色"})
    assert webp.headers["content-type"] == "image/webp"
    assert (shown(webp.content) == shown(answer.content)).all()
    svg = served.get("avatars/alice.svg", params={"size": 64, "hair_color": "pink"})
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text == character.svg(64)
    assert "default-src 'none'" in svg.headers["content-security-policy"]
    for file in (answer.content, webp.content):
        assert Avatar.read(file, "answer").seed == character.seed
        assert b"alice" not in file


@pytest.mark.parametrize(
    "text",
    [
        "bob",
        "42",
        "a@example.com",
        "a/b/../c",
        "..",
        "花子",
        "a b",
        "a.png",
        "line\nbreak",
        "%",
        "?#",
        "x" * 512,
        "👩‍🎤",
    ],
)
def test_any_text_is_a_face(served: Any, text: str) -> None:
    from urllib.parse import quote

    answer = served.get(f"avatars/{quote(text, safe='').replace('.', '%2E')}.svg")
    assert answer.status_code == 200, answer.text
    assert answer.text == compose(text).svg(128)


def test_one_word_typed_on_two_keyboards_is_one_face(served: Any) -> None:
    assert served.get("avatars/e%CC%81.svg").text == served.get("avatars/%C3%A9.svg").text


def test_transparent(served: Any) -> None:
    image = Image.open(io.BytesIO(served.get("avatars/a.png", params={"transparent": True}).content))
    assert (image.mode, image.size) == ("RGBA", (128, 128))


def test_caches_are_told_what_they_may_keep(served: Any) -> None:
    first = served.get("avatars/alice.png")
    assert first.headers["cache-control"].startswith("public, max-age=86400")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = served.get("avatars/alice.png", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for other in (
        "avatars/alice.webp",
        "avatars/alice.png?size=64",
        "avatars/alice.png?expression=sad",
        "avatars/b.png",
    ):
        answer = served.get(other, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag
    assert (
        served.get("avatars/alice.png?hair_color=粉色").headers["etag"]
        == (served.get("avatars/alice.png?hair_color=pink").headers["etag"])
    )
    assert "alice" not in tag
    assert hashlib.sha256(b"alice").hexdigest()[:32] not in tag


def test_a_version_is_for_ever(served: Any, problem: Callable[..., None]) -> None:
    assert "immutable" in served.get("avatars/alice.svg?v=1").headers["cache-control"]
    assert served.get("avatars/alice.svg?v=1").content == served.get("avatars/alice.svg").content
    problem(served.get("avatars/alice.svg?v=99"), 404, "version 1")


def test_head_tells_the_same_without_the_picture(served: Any) -> None:
    head = served.client.head("/api/v1/avatars/alice.png")
    get = served.get("avatars/alice.png")
    assert (head.status_code, head.content) == (200, b"")
    for key in ("etag", "cache-control", "content-type", "content-length"):
        assert head.headers[key] == get.headers[key]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("a.jpg", "kind"), (".png", "text"), ("a.png?size=7", "size"), ("a.png?size=100000", "size"),
        ("a.png?hair_color=plaid", "plaid"), ("a.png?nose=big", "nose"), ("a.png?tilt=900", "tilt"),
        (f"{'x' * 513}.png", "text"), ("a.png?size=64&size=x", "size"),
    ],
)  # fmt: skip
def test_mistakes(served: Any, problem: Callable[..., None], path: str, word: str) -> None:
    problem(served.get(f"avatars/{path}"), 422, word)


def test_a_face_takes_no_longer_than_a_request_may(
    serving: Callable[..., Any], problem: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    monkeypatch.setattr(drawing, "_drawn", lambda *_: held.wait(20) and b"late")
    with serving(limits=Limits(seconds=0.3)) as one:
        answer = one.get("avatars/alice.svg")
        problem(answer, 503, "longer than 0.3 s")
        assert int(answer.headers["retry-after"]) > 0
        assert "etag" not in answer.headers
        held.set()
        answer = one.get("avatars/alice.svg")  # it was drawn on, and is there now
        assert (answer.status_code, answer.content) == (200, b"late")


def test_one_client_may_ask_so_often(serving: Callable[..., Any], problem: Callable[..., None]) -> None:
    with serving(limits=Limits(burst=3, refill=0.01)) as one:
        for number in range(3):
            assert one.get(f"avatars/{number}.svg").status_code == 200
        answer = one.get("avatars/3.svg")
        problem(answer, 429, "more avatars")
        assert int(answer.headers["retry-after"]) > 1
        assert answer.headers["cache-control"] == "no-store"
        assert one.get("health").status_code == 200
