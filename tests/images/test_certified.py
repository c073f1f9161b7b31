"""Certificates in PNG and WebP, found again by readers that share no code with ours; and files that mean harm."""

import json
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar, pixel_digest
from nijigen.images.animation import encode_animation
from nijigen.images.certified import may_be_certified, read_certified, stated_source
from nijigen.images.output import encode
from nijigen.images.png import encode_png
from nijigen.images.source import SCHEME, SourceType

TRAINED = SCHEME + "trainedAlgorithmicMedia"
FACTS = {"kind": "model", "model": "chibi", "digest": "d" * 64, "seed": 3, "attributes": {"发色": "粉色"}}


def picture(channels: int, opaque: bool = False) -> Any:
    """Random pixels; of four channels half are transparent, with colours below."""
    pixels = np.random.default_rng(channels).integers(0, 256, (24, 16, channels), np.uint8)
    if channels == 4:
        pixels[..., 3] = 255 if opaque else np.where(pixels[..., 3] > 127, 255, 0)
    return pixels


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, data) of each chunk (PNG, 5.3), its checksum verified."""
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        name, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length)[0] == zlib.crc32(name + body)
        yield name, body
        place += 12 + length


def png_texts(data: bytes) -> dict[bytes, bytes]:
    """{keyword: text} of uncompressed iTXt chunks without language."""
    bodies = [body for name, body in png_chunks(data) if name == b"iTXt"]
    return {body.split(b"\0", 1)[0]: body.split(b"\0\0\0\0\0", 1)[1] for body in bodies}


def webp_chunks(data: bytes) -> dict[bytes, bytes]:
    """{name: data} of the chunks of a WebP (RIFF, WebP Container Specification)."""
    riff, size, form = struct.unpack_from("<4sI4s", data)
    assert (riff, size + 8, form) == (b"RIFF", len(data), b"WEBP")
    found, place = {}, 12
    while place < len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        found[name] = data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    return found


def gif_xmp(data: bytes) -> bytes:
    """The XMP packet of a GIF, found as its specification says: by going through blocks and their pieces."""
    assert data[:6] == b"GIF89a"
    place = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while data[place] == 0x21:
        begin = place = place + 2
        while data[place]:
            place += 1 + data[place]
        place += 1
        if data[begin : begin + 12] == b"\x0bXMP DataXMP":
            return data[begin + 12 : place - 258]
    raise AssertionError("no XMP before the first frame")


def source_in(packet: bytes) -> str | None:
    """The digital source type of an XMP packet, by Python's own parser of XML."""
    root = ElementTree.fromstring(packet)
    return root.findtext(".//{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")


def test_a_png_by_its_chunks() -> None:
    made = Avatar(picture(3), FACTS)
    names = [name for name, _ in png_chunks(made.png())]
    assert names == [b"IHDR", b"iTXt", b"iTXt", b"IDAT", b"IEND"]
    texts = png_texts(made.png())
    assert json.loads(texts[b"nijigen"]) == made.certificate
    assert source_in(texts[b"XML:com.adobe.xmp"]) == TRAINED


def test_a_webp_by_its_chunks() -> None:
    made = Avatar(picture(4), FACTS)
    chunks = webp_chunks(made.webp())
    assert set(chunks) == {b"VP8X", b"VP8L", b"XMP "}
    assert source_in(chunks[b"XMP "]) == TRAINED
    text = ElementTree.fromstring(chunks[b"XMP "]).findtext(".//{urn:nijigen:xmp:1.0/}certificate")
    assert json.loads(text or "") == made.certificate


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize(("channels", "opaque"), [(3, False), (4, False), (4, True)])
def test_pillow_finds_the_pixels_and_ours_the_shape(kind: str, channels: int, opaque: bool, tmp_path: Path) -> None:
    made = Avatar(picture(channels, opaque), FACTS)
    path = made.save(tmp_path / f"a.{kind}")
    with Image.open(path) as image:
        assert (np.asarray(image.convert("RGBA"))[..., :3] == made.pixels[..., :3]).all()  # also below what is hidden
        assert source_in(image.info["xmp"]) == TRAINED
    found = Avatar.open(path)
    assert found.pixels.shape == made.pixels.shape
    assert (found.pixels == made.pixels).all()
    assert found.certificate == made.certificate


def test_a_png_that_was_made_smaller_without_loss_is_the_same_avatar() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 3], pixels[2:4, 2:4, 0] = 255, 200
    made = Avatar(pixels, FACTS)
    with Image.open(BytesIO(made.png())) as image:
        info = image.info
        paletted = image.convert("RGB").quantize(4)
    data = encode_png(paletted, made.certificate)
    assert info["xmp"]
    found = Avatar.read(data, "small.png")
    assert pixel_digest(found.pixels) == made.certificate["pixels"]


def test_other_pixels_stay_as_they_are() -> None:
    made = Avatar(picture(3), FACTS)
    changed = np.dstack([made.pixels, np.full(made.pixels.shape[:2], 254, np.uint8)])
    found = Avatar.read(encode_png(Image.fromarray(changed), made.certificate), "changed.png")
    assert found.pixels.shape[2] == 4  # its alpha hides something, so it is not what the certificate names


def test_a_certificate_survives_in_the_xmp_alone() -> None:
    made = Avatar(picture(3), FACTS)
    with Image.open(BytesIO(made.webp())) as image:
        buffer = BytesIO()
        from PIL import PngImagePlugin

        extra = PngImagePlugin.PngInfo()
        extra.add_itxt("XML:com.adobe.xmp", image.info["xmp"].decode())
        image.save(buffer, "PNG", pnginfo=extra)  # as ExifTool and ImageMagick hand it on
    assert Avatar.read(buffer.getvalue(), "converted.png").certificate == made.certificate


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.jpg"])
def test_painted_photographs_say_what_they_are(name: str) -> None:
    data, notes = encode(Image.fromarray(picture(3)), name, source=SourceType.EDITED)
    assert notes == []
    assert stated_source(data) is SourceType.EDITED
    assert not may_be_certified(data)
    plain, _ = encode(Image.fromarray(picture(3)), name)
    assert stated_source(plain) is None
    with Image.open(BytesIO(plain)) as image:
        assert not image.info.get("xmp")


def test_an_enlarged_webp_is_lossless_and_certified() -> None:
    data, notes = encode(Image.fromarray(picture(4)), "a.webp", {"format_version": 1, **FACTS})
    assert notes == []
    assert may_be_certified(data)
    assert (np.asarray(read_certified(data, "a.webp").picture) == picture(4)).all()


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".png"])
def test_animations_say_what_they_are_and_still_move(suffix: str) -> None:
    frames = [np.full((8, 8, 3), value, np.uint8) for value in (0, 90, 180)]
    stated, bare = (encode_animation(f"a{suffix}", frames, source=one) for one in (SourceType.TRAINED, None))
    with Image.open(BytesIO(stated)) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert source_in(image.info["xmp"] if suffix != ".gif" else gif_xmp(stated)) == TRAINED
        image.seek(2)
        assert image.convert("RGB").getpixel((4, 4)) == (180, 180, 180)
    with Image.open(BytesIO(bare)) as image:
        assert "xmp" not in image.info
    assert (stated_source(stated), stated_source(bare)) == (SourceType.TRAINED, None)
