"""Files that mean harm, and damage of any kind: an avatar, or one line that says why not."""

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.images.test_certified import FACTS, picture

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.images import certified
from nijigen.images.certified import stated_source
from nijigen.images.png import encode_png
from nijigen.images.webp import encode_webp


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 1×1 pixels with chunks before its pixels."""
    whole = encode_png(Image.new("RGB", (1, 1)))
    extra = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return whole[:33] + extra + whole[33:]


BOMB = zlib.compress(b" " * (64 * 2**20), 9)
HOSTILE = {
    "a bomb in zTXt": png((b"zTXt", b"nijigen\0\0" + BOMB)),
    "a bomb in iTXt": png((b"iTXt", b"nijigen\0\1\0\0\0" + BOMB)),
    "a bomb in XMP": png((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB)),
    "a bomb in the profile": png((b"iCCP", b"x\0\0" + BOMB)),
    "a long text": png((b"iTXt", b"nijigen\0\0\0\0\0" + b"1" * (3 * 2**20))),
    "much nested": png((b"iTXt", b"nijigen\0\0\0\0\0" + b"[" * 200_000)),
    "a long number": png((b"iTXt", b'nijigen\0\0\0\0\0{"a":' + b"9" * 10_000 + b"}")),
    "no text": png((b"iTXt", b"nijigen\0\0\0\0\0\xff\xfe")),
    "many chunks": png(*[(b"tEXt", b"a\0b")] * (certified.MOST_CHUNKS + 1)),
    "many texts": png(*[(b"iTXt", b"nijigen\0\0\0\0\0" + b" " * 2**20)] * 70),
    "a huge header": b"\x89PNG\r\n\x1a\n" + png()[8:16] + struct.pack(">II", 20_000, 20_000) + png()[24:],
    "no picture": b"RIFF\xff\xff\xff\xffWEBPVP8X",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=list(HOSTILE))
def test_files_that_mean_harm_are_one_line(data: bytes) -> None:
    with pytest.raises(NijigenError, match=r"\Astranger\.png[^\n]*\Z"):
        Avatar.read(data, "stranger.png")


def test_too_many_pixels_are_not_decoded() -> None:
    data = Avatar(np.zeros((64, 64, 3), np.uint8), FACTS).webp()
    with pytest.raises(NijigenError, match="64x64 pixels, more than 4,095"):
        Avatar.read(data, "a.webp", max_pixels=64 * 64 - 1)
    assert Avatar.read(data, "a.webp", max_pixels=64 * 64).seed == 3


@settings(max_examples=150)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_damage_is_an_avatar_or_a_nijigen_error(kind: str, data: Any) -> None:
    made = Avatar(picture(4), FACTS)
    whole = bytearray(made.png() if kind == "png" else made.webp())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    stated_source(cut)
    try:
        found = Avatar.read(cut, "a")
    except NijigenError:
        return
    assert found.pixels.ndim == 3
    assert isinstance(found.attributes, dict)
    assert found.seed is None or isinstance(found.seed, int)
    repr(found)


@settings(max_examples=100)
@given(
    facts=st.dictionaries(
        st.sampled_from(["kind", "seed", "attributes", "enlarged", "pixels", "model", "z", "painted", "edits"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.none() | st.text(max_size=3), max_size=2),
    )
)
def test_any_certificate_of_a_stranger_is_read(facts: dict[str, Any]) -> None:
    image = Image.fromarray(picture(3))
    for data in (encode_png(image, {"format_version": 1, **facts}), encode_webp(image, {"format_version": 1, **facts})):
        found = Avatar.read(data, "a")
        assert found.certificate == {"format_version": 1, **facts}
        repr(found)
