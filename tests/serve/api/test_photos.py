"""Photographs: real ones, and what only looks like one."""

import asyncio
import base64
import io
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.avatarizing.making import Artist
from nijigen.avatarizing.wishes import Wishes
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import draw
from nijigen.models.cartoongan import CartoonGenerator
from nijigen.serve import photos as module
from nijigen.serve.api.photos import _drawn
from nijigen.serve.settings import Limits, Settings
from nijigen.serve.workshop import Workshop
from nijigen.translate.styles import Style


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    rows = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(rows).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def narrow_style(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A CartoonGAN whose weights are drawn at random, called ``narrow``."""
    torch.manual_seed(1)
    network = CartoonGenerator(widths=[4, 6, 8], blocks=1).eval().requires_grad_(False)
    monkeypatch.setattr("nijigen.translate.styles.styles_here", lambda: ["narrow"])
    monkeypatch.setattr("nijigen.translate.styles.open_style", lambda *_: Style("narrow", "0", network))
    module._network.cache_clear()
    yield "narrow"
    module._network.cache_clear()


def test_a_photograph_is_drawn(served: Any, narrow_style: str) -> None:
    data = {"style": narrow_style, "size": "64", "face": "whole"}
    answer = served.client.post("/api/v1/stylize", files={"file": ("../../evil.jpg", png(96, 48))}, data=data)
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("PNG", (64, 32))
    same = served.client.post(
        "/api/v1/stylize", files={"file": ("a", png(64, 64))}, data={**data, "strength": "0"}
    )  # fmt: skip
    with Image.open(io.BytesIO(same.content)) as image:  # strength 0 is the photograph
        assert (np.asarray(image) == np.asarray(Image.open(io.BytesIO(png(64, 64))))).all()


def test_a_large_photograph_is_in_no_file(served: Any, narrow_style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda self: written.append(self))
    photo = png(1_024, 768)
    assert len(photo) > 2 * 2**20
    data = {"style": narrow_style, "size": "64", "face": "whole"}
    answer = served.client.post("/api/v1/stylize", files={"file": ("a.png", photo)}, data=data)
    assert answer.status_code == 200, answer.text
    assert not written


def test_styles_are_names_of_what_is_here(
    served: Any, narrow_style: str, problem: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = {"file": ("a.png", png(64, 64))}
    assert served.get("styles").json() == {"styles": ["narrow"]}
    for name in ("/etc", "../..", "cartoongan-hayao", "."):
        problem(served.client.post("/api/v1/stylize", files=photo, data={"style": name}), 422, "narrow")
    monkeypatch.setattr("nijigen.translate.styles.styles_here", list)
    problem(served.client.post("/api/v1/stylize", files=photo), 503, "nijigen weights")


SECRET = "/home/ada/secret/weights"


def lacks(*_: Any, **__: Any) -> Any:
    raise NijigenError(f"cannot read {SECRET}/part.npy: Permission denied; make it readable")


@pytest.mark.parametrize(
    ("route", "where", "data", "words"),
    [
        ("stylize", "nijigen.translate.styles.open_style", {"face": "whole"}, ["narrow", "cannot be opened"]),
        ("stylize", "nijigen.translate.stylizer.open_faces", {"face": "paste"}, ["faces", "nijigen[detect]"]),
        ("avatarize", "nijigen.images.faces.finder.open_detector", {}, ["faces", "nijigen[detect]"]),
    ],
)
def test_what_is_missing_is_told_without_a_path_of_this_machine(
    served: Any, narrow_style: str, problem: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], route: str, where: str, data: dict[str, str], words: list[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(where, lacks)
    answer = served.client.post(f"/api/v1/{route}", files={"file": ("a.png", png(64, 64))}, data=data)
    problem(answer, 503, *words, "whoever runs the server", "log")
    assert "ada" not in answer.text
    assert SECRET in capfd.readouterr().err


def test_without_weights_there_are_no_published_styles(
    serving: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    with serving() as one:
        assert one.get("styles").json() == {"styles": []}


@pytest.mark.parametrize("route", ["stylize", "avatarize"])
def test_uploads_that_are_no_photographs(
    serving: Callable[..., Any], problem: Callable[..., None], route: str, narrow_style: str
) -> None:
    bomb = bytearray(png(8, 8))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # a header that names 3.6 billion pixels
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    with serving(limits=Limits(pixels=10_000)) as one:
        for data, status in (
            (b"", 422), (b"hello", 422), (png(8, 8)[:60], 422), (bytes(bomb), 413), (png(200, 200), 413),
            (b"%PDF-1.4", 415), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        ):  # fmt: skip
            answer = one.client.post(f"/api/v1/{route}", files={"file": ("a.png", data)})
            problem(answer, status)
        problem(one.client.post(f"/api/v1/{route}"), 422, "file")
        problem(one.client.post(f"/api/v1/{route}", data={"file": "text"}), 422, "file")


def test_no_face_is_said(served: Any, problem: Callable[..., None]) -> None:
    pytest.importorskip("cv2", reason="opencv is not installed: the extra [detect]")
    grey = io.BytesIO()
    Image.new("RGB", (128, 128), (120, 130, 140)).save(grey, "PNG")
    problem(served.client.post("/api/v1/avatarize", files={"file": ("a.png", grey.getvalue())}), 422, "no face")


def test_a_face_becomes_avatars(served: Any, portrait: Callable[[str], bytes], problem: Callable[..., None]) -> None:
    send = {"file": ("man.jpg", portrait("man-0002"))}
    data = {"count": "2", "seed": "alice", "size": "64", "attributes": '{"gender": "girl"}'}
    answer = served.client.post("/api/v1/avatarize", files=send, data=data)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert {row["name"] for row in document["readings"]} == {"hair_color", "skin_tone", "glasses", "smile"}
    assert "gender" not in str(document["readings"])
    for one in document["avatars"]:
        assert one["attributes"]["gender"] == "girl"
        assert one["attributes"]["expression"] == "smile"  # as in the photograph
        assert served.post("recreate", {"avatar": {"file": one["file"]}}).json()["same"]
    by_model = served.client.post("/api/v1/avatarize", files=send, data={"model": "tiny-run", "count": "1"})
    made = Avatar.read(base64.b64decode(by_model.json()["avatars"][0]["file"]), "answer")
    assert made.certificate["model"] == "tiny-run"
    for wrong in ("{", "[]", '{"gender": "cat"}', '{"gender": ["girl"]}', "[" * 5_000):
        problem(served.client.post("/api/v1/avatarize", files=send, data={"attributes": wrong}), 422)


def test_drawings_come_one_by_one_and_others_have_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    wishes = Wishes({"hair_color": "pink"}, {"accessory": ("glasses",)}, (), {})
    whole = draw(3, "alice", 16, workers=1, attributes=wishes.attributes, avoid=wishes.avoid)

    def noted(*given: Any, **more: Any) -> Any:
        order.append("drawn")
        return draw(*given, **more)

    async def visit() -> list[Avatar]:
        workshop, held = Workshop(Settings(quiet=True)), threading.Event()
        holding = asyncio.create_task(workshop.run("holder", lambda: held.wait(20)))
        while workshop.waiting or workshop.idle:
            await asyncio.sleep(0.001)
        drawing = asyncio.create_task(_drawn(workshop, "a", Artist(None, 16), wishes, 3, "alice"))
        await asyncio.sleep(0)
        other = asyncio.create_task(workshop.run("b", lambda: order.append("other")))
        while workshop.waiting < 2:
            await asyncio.sleep(0.001)
        held.set()
        await asyncio.gather(holding, other)
        made = await drawing
        await workshop.close()
        return made

    monkeypatch.setattr("nijigen.avatarizing.making.draw", noted)
    made = asyncio.run(visit())
    assert order == ["drawn", "other", "drawn", "drawn"]
    assert [one.png() for one in made] == [one.png() for one in whole]
