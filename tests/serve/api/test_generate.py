"""POST /generate: words, counts, formats, sizes."""

import base64
import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.engine.model import load
from nijigen.engine.recreate import recreate
from nijigen.serve.api import generate as routes
from nijigen.serve.settings import LARGEST_SIDE, MOST_PIXELS


def test_avatars_as_json_with_the_very_files(served: Any, tiny_run: Path, tmp_path: Path) -> None:
    answer = served.post("generate", {"count": 3, "seed": "alice", "attributes": {"发色": "粉色"}})
    assert answer.status_code == 200
    document = answer.json()
    assert document["model"] == "tiny-run"
    made = load(tiny_run, "cpu", threads=1).generate(3, "alice", hair_color="pink")
    for index, one in enumerate(document["avatars"]):
        assert one["attributes"] == made[index].attributes
        assert one["seed"] == made[index].seed
        assert one["attributes"]["hair_color"] == "pink"
        path = tmp_path / f"{index}.png"
        path.write_bytes(base64.b64decode(one["file"]))
        assert Avatar.open(path).certificate == one["certificate"]
        again = recreate(path, tiny_run, "cpu")
        assert again.same, again.differences
    assert "alice" not in answer.text


def test_what_is_said_in_a_sentence(served: Any) -> None:
    answer = served.post("generate", {"text": "blue hair", "attributes": {"expression": "sad"}})
    assert answer.status_code == 200
    avatar = answer.json()["avatars"][0]
    assert (avatar["attributes"]["hair_color"], avatar["attributes"]["expression"]) == ("blue", "sad")
    assert any("blue" in note for note in answer.json()["notes"])


@pytest.mark.parametrize("by", ["body", "accept"])
@pytest.mark.parametrize(("kind", "media"), [("png", "image/png"), ("webp", "image/webp"), ("zip", "application/zip")])
def test_formats(served: Any, kind: str, media: str, by: str) -> None:
    body = {"seed": 4, **({"format": kind} if by == "body" else {})}
    answer = served.post("generate", body, headers={"Accept": f"text/x-odd, {media};q=0.9"} if by == "accept" else {})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media
    data = answer.content
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            assert packed.namelist() == ["avatar-0000.png"]
            data = packed.read("avatar-0000.png")
        assert answer.content == served.post("generate", body | {"format": "zip"}).content
    assert Avatar.read(data, "answer").certificate["seed"] == 4


def test_pictures_in_json_may_be_webp(served: Any) -> None:
    avatar = served.post("generate", {"picture": "webp"}).json()["avatars"][0]
    assert avatar["media_type"] == "image/webp"
    png = served.post("generate", {}).json()["avatars"][0]
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(one["file"])))) for one in (avatar, png)]
    assert (pixels[0] == pixels[1]).all()  # lossless


def test_sizes_are_the_models_own_or_enlarged(served: Any, problem: Callable[..., None], tmp_path: Path) -> None:
    for size in (16, 32, 64):
        answer = served.post("generate", {"size": size, "format": "png"})
        avatar = Avatar.read(answer.content, "answer")
        assert avatar.pixels.shape[:2] == (size, size)
        assert ("enlarged" in avatar.certificate) == (size > 16)
    again = served.post("recreate", {"avatar": {"file": base64.b64encode(answer.content).decode()}}).json()
    assert again["same"]
    assert "enlarged" in again["differences"][0]
    problem(served.post("generate", {"size": 100}), 422, "16 or 32 or 64")


def test_all_avatars_together_are_bounded(
    served: Any, problem: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 64 * LARGEST_SIDE**2 > MOST_PIXELS  # each bound of its own would let it through
    monkeypatch.setattr(routes, "MOST_PIXELS", 3 * 32**2)
    assert served.post("generate", {"count": 3, "size": 32}).status_code == 200
    assert served.post("generate", {"count": 4}).status_code == 200  # of 16 pixels
    problem(served.post("generate", {"count": 4, "size": 32}), 422, "count 4 of 32 pixels", "3,072", "a count of 3")
    problem(served.post("generate", {"count": 13}), 422, "count 13 of 16 pixels", "a count of 12")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"count": 10**9}, 422, ["count"]),
        ({"count": 0}, 422, ["count"]),
        ({"count": 2, "format": "png"}, 422, ["zip"]),
        ({"attributes": {"hair_color": "plaid"}}, 422, ["plaid", "pink"]),
        ({"attributes": {"nose": "big"}}, 422, ["nose"]),
        ({"attributes": {f"a{i}": "b" for i in range(100)}}, 422, ["64"]),
        ({"attributes": {"hair_color": ["pink"]}}, 422, ["attributes"]),
        ({"avoid": {"hair_color": ["pink", "blue", "black"]}}, 422, ["hair_color"]),
        ({"avoid": {"nose": ["big"]}}, 422, ["nose"]),
        ({"model": "../../etc/passwd"}, 404, ["tiny-run"]),
        ({"model": "/etc/passwd"}, 404, ["no model"]),
        ({"seed": -1}, 422, ["seed"]),
        ({"seed": 2**63}, 422, ["seed"]),
        ({"seed": 1.5}, 422, ["seed"]),
        ({"seed": "-7"}, 422, ["out of range"]),
        ({"seed": "x" * 1_000}, 422, ["seed"]),
        ({"truncation": 0.5}, 422, ["truncation needs"]),
        ({"truncation": 9}, 422, ["truncation"]),
        ({"size": 10**6}, 422, ["size"]),
        ({"text": ""}, 422, ["text"]),
        ({"text": "the weather in Paris"}, 422, ["text"]),
        ({"cuont": 1}, 422, ["cuont"]),
        ({"format": "exe"}, 422, ["format"]),
    ],
)
def test_mistakes(
    served: Any, problem: Callable[..., None], body: dict[str, Any], status: int, words: list[str]
) -> None:
    answer = served.post("generate", body)
    problem(answer, status, *words)
    assert "--" not in answer.json()["detail"]  # flags are the command line's


def test_many_at_once_are_answered_each_with_its_own(served: Any) -> None:
    def ask(number: int) -> Any:
        return served.post("generate", {"count": 3, "seed": number * 100})

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(ask, range(12)))
    for number, answer in enumerate(answers):
        assert answer.status_code == 200, answer.text
        assert [one["seed"] for one in answer.json()["avatars"]] == [number * 100 + index for index in range(3)]
    shared = {one["certificate"]["batch"] for answer in answers for one in answer.json()["avatars"]}
    assert max(shared) > 4  # forwards were shared
    for answer in answers[::4]:
        for one in answer.json()["avatars"]:
            again = served.post("recreate", {"avatar": {"certificate": one["certificate"]}}).json()
            assert again["same"], again["differences"]
