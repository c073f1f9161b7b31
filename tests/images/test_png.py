"""PNG files keep a JSON object, and whatever bytes are read, only NijigenError is raised."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from nijigen.errors import NijigenError
from nijigen.images.png import KEYWORD, encode_png, read_png, write_png

PICTURE = Image.fromarray(np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3))
FACTS = {"seed": 2**63 - 1, "attributes": {"hair_color": "pink", "发色": "粉色"}, "z": "A" * 3000, "tilt": 0.1 + 0.2}


def with_text(path: Path, text: str) -> Path:
    extra = PngImagePlugin.PngInfo()
    extra.add_itxt(KEYWORD, text)
    PICTURE.save(path, "PNG", pnginfo=extra)
    return path


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_picture_and_facts_round_trip(mode: str, tmp_path: Path) -> None:
    picture = PICTURE.convert(mode)
    found, facts = read_png(write_png(tmp_path / "a.png", picture, FACTS))
    assert facts == FACTS
    assert (found.mode, found.tobytes()) == (mode, picture.tobytes())


def test_the_same_facts_give_the_same_bytes() -> None:
    assert encode_png(PICTURE, FACTS) == encode_png(PICTURE.copy(), json.loads(json.dumps(FACTS)))


def test_a_picture_of_another_program_has_no_facts(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "other.png")
    assert read_png(tmp_path / "other.png")[1] is None


@pytest.mark.parametrize("text", ["{", "[]", "null", '"text"', "[" * 100_000, '{"a": "' + "x" * 2**20 + '"}'])
def test_damaged_facts_are_said(text: str, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="birth certificate is damaged"):
        read_png(with_text(tmp_path / "a.png", text))


@pytest.mark.parametrize("name", ["missing.png", ".", "text.png", "jpeg.png", "empty.png"])
def test_what_is_no_png_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    PICTURE.save(tmp_path / "jpeg.png", "JPEG")
    with pytest.raises(NijigenError, match=r"does not exist|damaged or no PNG"):
        read_png(tmp_path / name)


def test_a_huge_header_is_not_decoded(tmp_path: Path) -> None:
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "bomb.png").write_bytes(data)
    with pytest.raises(NijigenError, match="damaged or no PNG"):
        read_png(tmp_path / "bomb.png")


@given(data=st.data())
def test_damage_is_a_picture_or_a_nijigen_error(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = bytearray(encode_png(PICTURE, FACTS))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        picture, facts = read_png(path)
    except NijigenError:
        return
    assert picture.size
    assert facts is None or isinstance(facts, dict)
