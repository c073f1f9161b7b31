"""POST /recreate: the same pixels, or what differs."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from nijigen.illustrator.drawing import draw


def pixels(avatar: dict[str, Any]) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(avatar["file"]))))


def test_the_certificate_alone_makes_the_same_file(served: Any, avatars: list[dict[str, Any]]) -> None:
    for one in avatars:
        again = served.post("recreate", {"avatar": {"certificate": one["certificate"]}}).json()
        assert (again["same"], again["differences"]) == (True, [])
        assert again["avatar"] == one


def test_what_differs_is_said(served: Any, avatars: list[dict[str, Any]]) -> None:
    other = {**avatars[0]["certificate"], "seed": 12_345, "device": "cuda"}
    again = served.post("recreate", {"avatar": {"certificate": other}}).json()
    assert not again["same"]
    assert any("device was cuda" in line for line in again["differences"])
    assert (pixels(again["avatar"]) != pixels(avatars[0])).any()


def test_drawings_too(served: Any, problem: Callable[..., None]) -> None:
    drawn = draw(1, "ada", 48)[0]
    again = served.post("recreate", {"avatar": {"file": base64.b64encode(drawn.png()).decode()}}).json()
    assert again["same"]
    assert (pixels(again["avatar"]) == drawn.pixels).all()
    large = {**drawn.certificate, "size": 4_096}
    problem(served.post("recreate", {"avatar": {"certificate": large}}), 422, "1024")


def test_mistakes(served: Any, avatars: list[dict[str, Any]], problem: Callable[..., None]) -> None:
    certificate = avatars[0]["certificate"]
    for facts, status, word in (
        ({"digest": "0" * 64}, 404, "not served here"),
        ({"kind": "photo"}, 422, "kind"),
        ({"painted": {}}, 422, "painted"),
        ({"batch": 65}, 422, "batch"),
        ({"index": 9}, 422, "damaged"),
    ):
        problem(served.post("recreate", {"avatar": {"certificate": {**certificate, **facts}}}), status, word)
    problem(served.post("recreate", {"avatar": {"certificate": {}}}), 422, "kind")


def test_no_certificate_decides_how_many_threads_go_on_working(served: Any, avatars: list[dict[str, Any]]) -> None:
    before = torch.get_num_threads()
    for threads in (1_000_000, -1, "many", True, 2):
        facts = {**avatars[0]["certificate"], "threads": threads}
        assert served.post("recreate", {"avatar": {"certificate": facts}}).status_code == 200
    made = served.post("generate", {}).json()["avatars"][0]
    assert made["certificate"]["threads"] == 1
    assert torch.get_num_threads() == before
