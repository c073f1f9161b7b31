import io
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from nijigen.images.decode import PictureError, decode, looks_like_picture, upright_box


def picture(width=24, height=16, mode="RGB"):
    """A smooth picture with a different colour in every corner, so that a turn or a mix-up of channels shows."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = np.stack([255 * x, 255 * y, 128 * (1 - x)], -1).round().astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def same(image, other, tolerance=0.0):
    assert image.size == other.size
    difference = np.abs(np.asarray(image, int) - np.asarray(other.convert(image.mode), int)).mean()
    assert difference <= tolerance, difference


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "TGA", "PCX", "QOI"])
def test_lossless_formats_come_back_exactly(kind):
    image = decode(saved(picture(), kind))
    assert image.mode == "RGB"
    same(image, picture())


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95}), ("AVIF", {"quality": 95}), ("JPEG2000", {}), ("MPO", {})],
)
def test_lossy_formats_come_back_nearly(kind, options):
    same(decode(saved(picture(), kind, **options)), picture(), tolerance=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation):
    # The way a camera stores it: the inverse turn of what the viewer has to do.
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = picture() if orientation == 1 else picture().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("JPEG", "PNG", "WEBP"):
        same(decode(saved(stored, kind, exif=exif.tobytes(), quality=95)), picture(), tolerance=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_turned_with_their_picture(orientation):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (7, 5, 20, 30))
    marks = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    red = (np.asarray(marks) == (255, 0, 0)).all(axis=2)
    rows, columns = np.nonzero(red.any(axis=1))[0], np.nonzero(red.any(axis=0))[0]
    stored = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode(saved(marks, "PNG", exif=exif.tobytes()))
    assert image.size == (60, 40)
    assert upright_box(stored, image) == (7, 5, 20, 30)


def test_a_broken_exif_block_turns_nothing():
    data = saved(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40, quality=95)
    same(decode(data), picture(), tolerance=4)


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_grey_and_palette_become_rgb(mode):
    image = decode(saved(picture(mode=mode), "PNG"))
    assert image.mode == "RGB"
    same(image, picture(mode=mode).convert("RGB"))


def test_see_through_pictures_keep_their_alpha():
    image = picture(mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    same(decode(saved(image, "PNG")), image)
    grey = image.convert("LA")
    back = decode(saved(grey, "PNG"))
    assert back.mode == "RGBA"
    same(back, grey.convert("RGBA"))


def test_an_alpha_that_hides_nothing_is_left_out():
    image = decode(saved(picture(mode="RGBA"), "PNG"))
    assert image.mode == "RGB"
    same(image, picture())


def test_palette_with_a_see_through_entry():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((3, 3), 1)
    back = decode(saved(image, "PNG", transparency=0))
    assert back.mode == "RGBA"
    assert back.getpixel((0, 0)) == (255, 0, 0, 0)
    assert back.getpixel((3, 3)) == (0, 0, 255, 255)


def test_a_see_through_colour_of_rgb_and_grey_pictures():
    rgb = Image.new("RGB", (2, 1), (9, 9, 9))
    rgb.putpixel((0, 0), (1, 2, 3))
    assert decode(saved(rgb, "PNG", transparency=(1, 2, 3))).getpixel((0, 0))[3] == 0
    assert decode(saved(rgb.convert("L"), "PNG", transparency=9)).getpixel((1, 0))[3] == 0


def test_sixteen_bit_grey_is_scaled_and_not_clipped():
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    for kind in ("PNG", "TIFF"):
        back = np.asarray(decode(saved(Image.fromarray(ramp), kind)))
        assert back[0, 0].tolist() == [0, 0, 0]
        assert back[-1, -1].tolist() == [255, 255, 255]
        assert np.abs(back[..., 0].ravel() - np.arange(256)).max() <= 1


def test_floats_of_zero_to_one_are_scaled():
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    back = np.asarray(decode(saved(Image.fromarray(ramp), "TIFF")))
    assert np.abs(back[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


def test_cmyk_jpeg():
    same(decode(saved(picture(mode="CMYK"), "JPEG", quality=95)), picture(), tolerance=6)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    back = decode(saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50))
    red, green, blue = back.getpixel((8, 8))[:3]
    assert red > 240
    assert max(green, blue) < 16


def test_a_wide_gamut_profile_is_converted_to_srgb():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same(decode(saved(picture(), "PNG", icc_profile=srgb)), picture())
    # The same profile with red and blue exchanged: a picture under it must come out with red and blue exchanged.
    tags = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    swapped = bytearray(srgb.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")))
    count = struct.unpack(">I", srgb[128:132])[0]
    for place in range(132, 132 + 12 * count, 12):
        swapped[place : place + 4] = tags.get(srgb[place : place + 4], srgb[place : place + 4])
    back = decode(saved(picture(), "PNG", icc_profile=bytes(swapped)))
    red, green, blue = picture().split()
    same(back, Image.merge("RGB", (blue, green, red)), tolerance=3)


def test_a_broken_profile_changes_nothing():
    same(decode(saved(picture(), "PNG", icc_profile=b"no profile at all")), picture())


def png_header(width, height):
    body = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 10) + b"IDAT" + zlib.compress(b"")


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_000, 11_000), (2**31 - 1, 2**31 - 1)])
def test_a_giant_header_is_refused_at_once(size, recwarn):
    start = time.process_time()
    with pytest.raises(PictureError) as caught:
        decode(png_header(*size))
    assert caught.value.reason == "too_large"
    assert time.process_time() - start < 0.5
    assert not recwarn.list


def test_the_limit_on_pixels_can_be_set():
    with pytest.raises(PictureError) as caught:
        decode(saved(picture(20, 20), "PNG"), max_pixels=399)
    assert caught.value.reason == "too_large"
    assert decode(saved(picture(20, 20), "PNG"), max_pixels=400).size == (20, 20)


def test_too_many_bytes_are_refused(monkeypatch):
    data = saved(picture(), "PNG")
    monkeypatch.setattr("nijigen.images.decode.MAX_BYTES", len(data) - 1)
    with pytest.raises(PictureError) as caught:
        decode(data)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"not a picture", "corrupt"),
        (saved(picture(200, 200), "JPEG")[:1500], "corrupt"),
        (saved(picture(), "JPEG")[:20], "corrupt"),
        (saved(picture(200, 200), "PNG")[:400], "corrupt"),
        (saved(picture(200, 200), "WEBP")[:100], "corrupt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "unsupported"),
        (b"8BPS\0\1" + b"\0" * 40, "unsupported"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "unsupported"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data, reason):
    with pytest.raises(PictureError) as caught:
        decode(data)
    assert caught.value.reason == reason


def test_postscript_is_never_run():
    """Pillow would hand it to Ghostscript; here the format is not even tried."""
    with pytest.raises(PictureError):
        decode(saved(picture(), "EPS"))


def test_large_jpegs_may_be_decoded_smaller_but_not_too_small():
    data = saved(picture(2000, 1600), "JPEG", quality=90)
    small = decode(data, near=64)
    assert small.size == (500, 400)  # not 250 × 200: writing is looked for at 256 px
    assert decode(data, near=128).size == (500, 400)
    assert decode(data, near=129).size == (500, 400)
    assert decode(data, near=201).size == (1000, 800)
    assert small.info["source_size"] == "2000x1600"
    assert decode(data, near=64).tobytes() == small.tobytes()
    same(small.resize((64, 51)), picture(2000, 1600).resize((64, 51)), tolerance=2)
    assert decode(data, near=700).size == (2000, 1600)
    assert decode(saved(picture(511, 511), "JPEG"), near=64).size == (511, 511)
    assert decode(saved(picture(512, 512), "JPEG"), near=64).size == (256, 256)


def test_the_format_stays_known_while_no_pixel_is_changed():
    assert decode(saved(picture(), "JPEG")).format == "JPEG"
    assert decode(saved(picture(mode="L"), "JPEG")).format is None


def test_pictures_without_an_extension_are_known_by_their_first_bytes():
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "QOI"):
        assert looks_like_picture(saved(picture(), kind)[:16])
    assert not looks_like_picture(b"RIFF\0\0\0\0WAVEfmt ")
    assert not looks_like_picture(b"#!/bin/sh\n")


SAMPLES = [saved(picture(), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "QOI", "TGA", "AVIF")]


@settings(max_examples=150)
@given(st.sampled_from(SAMPLES), st.data())
def test_damage_gives_a_picture_or_a_reason_and_nothing_else(data, draw):
    damaged = bytearray(data[: draw.draw(st.integers(1, len(data)))])
    for _ in range(draw.draw(st.integers(0, 8))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    try:
        outcome = decode(bytes(damaged), max_pixels=2_000_000).mode
    except PictureError as error:
        outcome = error.reason
    assert outcome in ("RGB", "RGBA", "corrupt", "too_large", "unsupported")
