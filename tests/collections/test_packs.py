"""Kept avatars are taken along as originals, as a sprite sheet, as stickers."""

import io
import json
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from nijigen.collections import Collections, packs
from nijigen.collections.stickers import MOST_BYTES, cut_out
from nijigen.errors import NijigenError
from nijigen.images.atlas import cut_out as cut_frame
from nijigen.images.png import encode_png

Draw = Callable[..., bytes]


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        return {name: archive.read(name) for name in names}


def plain(size: int = 20, channels: int = 3, **certificate: object) -> bytes:
    """An avatar of a model, with something in the middle where it has transparency."""
    pixels = np.full((size, size, channels), 200, np.uint8)
    if channels == 4:
        pixels[..., 3] = 0
        pixels[5:15, 8:12, 3] = 255
        pixels[0, 0, 3] = 20  # what a model left there
    facts = {"format_version": 1, "kind": "model", "model": "My Faces!", "seed": 7, **certificate}
    return encode_png(Image.fromarray(pixels), facts)


def test_originals(collections: Collections, drawn: Draw) -> None:
    files = [drawn(7, hair_color="pink", hair_style="bob", expression="smile"), plain(attributes={"发色": "粉色"})]
    files.append(drawn(7, size=24, hair_color="pink", hair_style="bob", expression="smile"))
    kept = [collections.add(file, "for Ada/Bob", "note") for file in files]
    pack = collections.packed([row.ident for row in kept] + [kept[0].ident], "zip")
    assert pack.name == "for-ada-bob.zip"
    found = unpacked(pack.data)
    told = json.loads(found.pop("collection.json"))
    assert list(found.values()) == files
    assert list(found) == ["drawn-7-pink-bob-smile.png", "my-faces-7-粉色.png", "drawn-7-pink-bob-smile-2.png"]
    assert [row["file"] for row in told] == list(found)
    assert told[1]["attributes"] == {"发色": "粉色"}
    assert {row["note"] for row in told} == {"note"}
    assert pack.data == collections.packed([row.ident for row in kept], "zip").data


@pytest.mark.parametrize("model", ["../../etc/passwd", "..", "/", "con", "a" * 190, "\u202egnp"])
def test_names_lead_nowhere(collections: Collections, model: str) -> None:
    ident = collections.add(plain(model=model), model[:70].replace("\u202e", "x")).ident
    pack = collections.packed([ident], "zip")
    for name in (pack.name, *pack.files):
        assert set(name) & set('/\\:*?"<>|\0\u202e') == set()
        assert not name.startswith(".")
        assert len(name) <= 90


def test_a_sheet_gives_every_frame_back(collections: Collections, drawn: Draw) -> None:
    files = [drawn(1, size=24, channels=4), plain(channels=4), plain(size=12, seed=8)]
    kept = [collections.add(file, "heroes") for file in files]
    pack = collections.packed([row.ident for row in kept], "sheet")
    assert pack.name == "heroes-sheet.zip"
    found = unpacked(pack.data)
    assert set(found) == {"heroes.png", "heroes.json"}
    data, sheet = json.loads(found["heroes.json"]), np.asarray(Image.open(io.BytesIO(found["heroes.png"])))
    assert data["meta"]["image"] == "heroes.png"
    for name, file in zip(data["frames"], files, strict=True):
        wanted = np.array(Image.open(io.BytesIO(file)).convert("RGBA"))
        wanted[wanted[..., 3] == 0] = 0
        back = cut_frame(sheet, data, name)
        back[back[..., 3] == 0] = 0
        assert (back == wanted).all()


def test_stickers_have_the_sizes_that_chats_take(collections: Collections, drawn: Draw) -> None:
    kept = [collections.add(file) for file in (drawn(1), plain(channels=4), plain(size=30, seed=8))]
    pack = collections.packed([row.ident for row in kept], "stickers")
    assert len(pack.files) == 9
    for name, file in unpacked(pack.data).items():
        folder = name.split("/")[0]
        image = Image.open(io.BytesIO(file))
        assert (image.format or "").lower() == folder.split("-")[0]
        assert image.size == (int(folder.split("-")[1]),) * 2
        assert folder != "webp-512" or len(file) <= MOST_BYTES


def test_a_sticker_is_sharp_and_has_a_rim(collections: Collections, drawn: Draw) -> None:
    """A drawing of 16 px is drawn again at 512; a rim of white stands around what is seen."""
    from nijigen.avatar import Avatar
    from nijigen.illustrator import compose

    made = np.asarray(cut_out(Avatar.read(drawn(1), "a drawing")))
    large = compose(1).render(512, 4)
    assert (made[..., 3] == 255).mean() > (large[..., 3] == 255).mean()  # as large as it can be, and the rim
    edge = np.argwhere(made[..., 3] == 255)[0]
    assert (made[tuple(edge)][:3] >= 250).all()
    assert len(np.unique(made.reshape(-1, 4), axis=0)) > 200  # no enlarged 16 px


def test_what_is_faint_gets_no_rim() -> None:
    from nijigen.avatar import Avatar

    made = np.asarray(cut_out(Avatar.read(plain(channels=4), "a picture")))
    columns = np.flatnonzero((made[..., 3] > 128).any(axis=0))
    # What is seen is ten high and four wide: 492 px and 197, a rim around it. With its faint corner it was 15 high.
    assert 197 + 20 - 12 <= columns[-1] - columns[0] <= 197 + 20 + 40


def test_a_picture_without_transparency_stays_a_square() -> None:
    from nijigen.avatar import Avatar

    made = cut_out(Avatar.read(plain(), "a picture"))
    assert (made.mode, made.size) == ("RGB", (512, 512))


def test_what_cannot_be_packed(collections: Collections, drawn: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [collections.add(drawn(seed)) for seed in (1, 2)]
    idents = [row.ident for row in kept]
    with pytest.raises(NijigenError, match="nothing to pack"):
        collections.packed([], "zip")
    with pytest.raises(NijigenError, match="nothing is kept under 'x'"):
        collections.packed([*idents, "x"], "zip")
    with pytest.raises(NijigenError, match="--export rar: use zip, sheet, stickers"):
        collections.packed(idents, "rar")  # type: ignore[arg-type]
    monkeypatch.setattr(packs, "LARGEST", 20)
    with pytest.raises(NijigenError, match="do not fit on a sheet of 20 px"):
        collections.packed(idents, "sheet")
    monkeypatch.setitem(packs.MOST, "zip", 1)  # type: ignore[index]
    with pytest.raises(NijigenError, match="2 avatars are too many for one file: choose at most 1 avatars"):
        collections.packed(idents, "zip")
