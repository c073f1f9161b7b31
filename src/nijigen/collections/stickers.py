"""Avatars as stickers for chats: what is not transparent, as large as it can be, with a white rim like a cut-out's.

Drawings are drawn again at the size of a sticker and without their background; they stay sharp at any size. Pictures
without transparency fill the square as they are.
"""

import contextlib
import io

import numpy as np
from PIL import Image, ImageFilter

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import read_character
from nijigen.images.atlas import seen_box
from nijigen.images.png import encode_png
from nijigen.images.resize import square
from nijigen.images.sizes import SIZES, at_size

STICKER, EMOJI = SIZES["app"].pixels, SIZES["list"].pixels
RIM = 10  # pixels of white around a sticker
FAINT = 40  # alpha below which what a model left beside a person gets no rim
MOST_BYTES = 100_000  # what the strictest chats take
QUALITIES = (95, 85, 75, 60, 40, 20, 5)  # of WebP: the first that is small enough


def stickers(avatar: Avatar, stem: str) -> dict[str, bytes]:
    """A sticker as WebP and as PNG of 512 px, and as an emoji of 128 px: name → bytes."""
    made = cut_out(avatar)
    return {
        f"webp-{STICKER}/{stem}.webp": _small_webp(made),
        f"png-{STICKER}/{stem}.png": encode_png(made),
        f"png-{EMOJI}/{stem}.png": encode_png(at_size(made, EMOJI)),
    }


def cut_out(avatar: Avatar) -> Image.Image:
    """The sticker, 512 px square: RGBA with a rim, or RGB where the picture has no transparency."""
    image = _sharp(avatar)
    if image.mode != "RGBA" or image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
        return at_size(square(image, max(image.size), 3, "pad"), STICKER)
    pixels = np.array(image)
    pixels[pixels[..., 3] < FAINT] = 0
    body = Image.fromarray(pixels).crop(seen_box(pixels))
    body = at_size(square(body, max(body.size), 4, "pad"), STICKER - 2 * RIM)
    whole = Image.new("RGBA", (STICKER, STICKER), (0, 0, 0, 0))
    whole.paste(body, (RIM, RIM))
    # Blurred and made steep, the alpha channel grows by the rim, round at every corner.
    grown = (
        whole.getchannel("A").filter(ImageFilter.GaussianBlur(RIM * 0.6)).point([min(255, a * 12) for a in range(256)])
    )
    rim = Image.new("RGBA", whole.size, (255, 255, 255, 0))
    rim.putalpha(grown)
    return Image.alpha_composite(rim, whole)


def _sharp(avatar: Avatar) -> Image.Image:
    """The picture as large as a sticker without loss, where that can be had."""
    certificate = avatar.certificate
    if certificate.get("kind") == "illustration" and "painted" not in certificate:
        with contextlib.suppress(NijigenError):  # of a newer nijigen, or damaged: its pixels are there
            return Image.fromarray(read_character(certificate).render(STICKER, 4))
    return avatar.image


def _small_webp(image: Image.Image) -> bytes:
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=quality, alpha_quality=max(quality, 50), method=4)
        if buffer.tell() <= MOST_BYTES:
            break
    return buffer.getvalue()
