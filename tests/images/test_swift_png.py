"""Quickly written PNG files hold the same pixels as any other, and nothing else."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nijigen.illustrator import compose
from nijigen.images.swift_png import encode_swiftly


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 70), st.integers(1, 70), st.sampled_from(["RGB", "RGBA"]), st.booleans())
def test_pillow_reads_back_every_pixel(seed: int, width: int, height: int, mode: str, flat: bool) -> None:
    dice = np.random.default_rng(seed)
    pixels = dice.integers(0, 256, (1, 1, len(mode)) if flat else (height, width, len(mode)), np.uint8)
    pixels = np.broadcast_to(pixels, (height, width, len(mode)))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    with Image.open(io.BytesIO(encode_swiftly(image)), formats=("PNG",)) as back:
        back.load()  # checks every checksum
        assert (back.mode, back.size) == (mode, (width, height))
        assert np.array_equal(np.asarray(back), pixels)


def test_there_is_nothing_in_the_file_but_the_picture() -> None:
    image = Image.fromarray(compose(3).render(64))
    plain = encode_swiftly(image)
    image.info = {"comment": "made by me", "gamma": 0.5, "icc_profile": b"x" * 200, "dpi": (72, 72)}
    assert encode_swiftly(image) == plain
    names = [plain[at + 4 : at + 8] for at in _chunks(plain)]
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def _chunks(data: bytes) -> list[int]:
    places, at = [], 8
    while at < len(data):
        places.append(at)
        length = int.from_bytes(data[at : at + 4], "big")
        assert zlib.crc32(data[at + 4 : at + 8 + length]) == int.from_bytes(data[at + 8 + length : at + 12 + length])
        at += 12 + length
    assert at == len(data)
    return places


def test_it_is_hardly_larger_than_pillow_makes_it() -> None:
    own = theirs = 0
    for seed in range(20):
        image = Image.fromarray(compose(seed).render(192)).resize((64, 64), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        own, theirs = own + len(encode_swiftly(image)), theirs + buffer.tell()
    assert own < 1.2 * theirs


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1"])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match=f"mode {mode}"):
        encode_swiftly(Image.new(mode, (4, 4)))
