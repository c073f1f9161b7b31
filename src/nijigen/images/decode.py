"""Any picture people have becomes one upright RGB or RGBA image, within bounds.

    >>> from nijigen.images.decode import decode
    >>> image = decode(open("photo.jpg", "rb").read())   # PIL image, mode RGB or RGBA

Pictures come from strangers, so nothing is believed: the size of the file and the size named in its header are checked
before a pixel is decoded, only formats of a short list are tried (no PostScript, no PDF), and whatever goes wrong
inside a codec comes out as one :class:`PictureError` with a reason.
"""

import io
import warnings
from functools import cache, lru_cache
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from nijigen.errors import NijigenError

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000  # 10,000 × 10,000; as RGBA 400 MB for the moment it is decoded
# A JPEG is never decoded at a smaller scale than leaves this many pixels a side: writing is read at that size.
LEAST_DRAFT = 256
TURNED = "turned"  # in the image's info: the EXIF orientation by which it was turned upright, 2 to 8
SOURCE_SIZE = "source_size"  # in the image's info: the size that its header names, as 640x480

FORMATS = (
    "JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "ICO", "TGA", "PCX", "PPM", "QOI",
)  # fmt: skip
# First bytes of pictures that people have and that are not read here: "unsupported" tells more than "corrupt".
FOREIGN = (b"8BPS", b"%PDF", b"%!PS", b"<svg", b"<?xml", b"\xff\x0a", b"\x00\x00\x00\x0cJXL ", b"gimp xcf", b"FORM")
FOREIGN_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
KNOWN_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"qoif")


Box = tuple[float, float, float, float]


class PictureError(NijigenError):
    """A picture that cannot be used; ``reason`` is ``empty``, ``too_large``, ``corrupt`` or ``unsupported``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def decode(data: bytes, *, near: int | None = None, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture in ``data``: first frame, upright by its EXIF orientation, in sRGB, mode RGB or RGBA.

    An alpha channel that hides nothing is left out (mode RGB). When no pixel had to be changed after the codec, the
    image keeps its ``format``; otherwise ``format`` is None.

    Args:
        data: the bytes of the file.
        near: the side in pixels that the picture will be resized to. A large JPEG is then decoded at 1/2, 1/4 or 1/8,
            never below twice ``near`` nor below 256 pixels on the shorter side; the result is the same every time.
        max_pixels: largest width × height, read from the header before decoding.

    Raises:
        PictureError: ``empty``, ``too_large`` (bytes or pixels), ``corrupt`` or ``unsupported``.
    """
    if not data:
        raise PictureError("empty", "the file has 0 bytes")
    if len(data) > MAX_BYTES:
        raise PictureError("too_large", f"the file has more than {MAX_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings():
            # Pillow warns from 89 megapixels on, and of odd EXIF blocks; here the one is refused or not by our own
            # limit, and the other does no harm.
            warnings.simplefilter("ignore")
            return _decode(data, near, max_pixels)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError("too_large", f"the header names more than {max_pixels:,} pixels") from None
    except UnidentifiedImageError:
        if _foreign(data):
            raise PictureError("unsupported", "a format that nijigen does not read") from None
        raise PictureError("corrupt", "not a readable picture") from None
    except MemoryError:
        raise PictureError("too_large", "the picture does not fit in memory") from None
    except Exception as error:
        # Codecs raise nearly anything on broken input (struct.error, KeyError, SyntaxError, ZeroDivisionError ...).
        reason = "unsupported" if "not available" in str(error) else "corrupt"
        raise PictureError(reason, f"{type(error).__name__}: {error}") from None


def shows_nothing(image: Image.Image) -> bool:
    """Whether every pixel of an RGB or RGBA picture is fully transparent."""
    return image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0)


def looks_like_picture(head: bytes) -> bool:
    """Whether the first bytes of a file without an extension are those of a common picture format."""
    return head.startswith(KNOWN_STARTS) and (not head.startswith(b"RIFF") or head[8:12] == b"WEBP")


def has_more_frames(data: bytes) -> bool:
    """Whether a picture that :func:`decode` reads has frames or pages beside the first one, which is all it gives.

    The further pictures of a camera's JPEG (MPO), such as depth, are no frames.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as image:
            return image.format != "MPO" and bool(getattr(image, "is_animated", False))
    except Exception:  # as in decode: codecs raise nearly anything
        return False


def _decode(data: bytes, near: int | None, max_pixels: int) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(data), formats=_formats())
    width, height = image.size
    if width * height > max_pixels:
        raise PictureError("too_large", f"{width}x{height} pixels are more than {max_pixels:,}")
    if near is not None and image.format in ("JPEG", "MPO"):
        least = max(2 * near, LEAST_DRAFT)
        image.draft("RGB", (least, least))
    image.load()
    made = plain(_upright(image))
    made.info[SOURCE_SIZE] = f"{width}x{height}"
    return made


@cache
def _formats() -> tuple[str, ...]:
    """The formats that this build of Pillow can read."""
    Image.init()
    return tuple(kind for kind in FORMATS if kind in Image.OPEN)


def _foreign(data: bytes) -> bool:
    head = data[:32].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(FOREIGN) or (data[4:8] == b"ftyp" and data[8:12] in FOREIGN_BRANDS)


def _upright(image: Image.Image) -> Image.Image:
    """Turn by the EXIF orientation; a broken EXIF block turns nothing."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:  # the EXIF block is a small TIFF of its own and can be broken in as many ways
        return image
    if turn not in range(2, 9):
        return image
    turned = ImageOps.exif_transpose(image)
    turned.info[TURNED] = turn
    return turned


def upright_box(box: Box, image: Image.Image) -> Box:
    """A box in pixels of the picture as it is stored, in those of the picture that :func:`decode` turned upright.

    Args:
        box: ``(left, top, right, bottom)``.
        image: the decoded picture.
    """
    turn = image.info.get(TURNED, 1)
    # The corner (x, y) is told from the sides of the upright picture: where they are swapped, x runs along its height.
    width, height = image.size
    corner = {
        2: lambda x, y: (width - x, y),
        3: lambda x, y: (width - x, height - y),
        4: lambda x, y: (x, height - y),
        5: lambda x, y: (y, x),
        6: lambda x, y: (width - y, x),
        7: lambda x, y: (width - y, height - x),
        8: lambda x, y: (y, height - x),
    }.get(turn)
    if corner is None:
        return box
    (x0, y0), (x1, y1) = corner(*box[:2]), corner(*box[2:])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def plain(image: Image.Image) -> Image.Image:
    """Any Pillow mode → RGB or RGBA in sRGB; an alpha channel that hides nothing is left out."""
    profile: Any = image.info.get("icc_profile")
    if image.mode in ("P", "PA", "1") or (image.mode in ("L", "RGB") and "transparency" in image.info):
        see_through = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if see_through else "RGB")
    elif image.mode == "I" or image.mode.startswith("I;") or image.mode == "F":
        image = _eight_bit(image)
    alpha = None
    if image.mode in ("RGBA", "LA", "RGBa", "La"):
        image = image.convert({"RGBa": "RGBA", "La": "LA"}.get(image.mode, image.mode))
        alpha = image.getchannel("A")
        if alpha.getextrema() == (255, 255):
            alpha = None
        image = image.convert(image.mode[:-1])
    if profile:
        image = _to_srgb(image, bytes(profile))
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats → 8 bits. The scale follows the largest value: 1, 255 or 65,535 is white."""
    import numpy as np

    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    sixteen = image.mode.startswith("I;16")
    top = float(values.max(initial=0.0))
    scale = 255 / 65535 if sixteen or top > 255 else 255.0 if image.mode == "F" and top <= 1 else 1.0
    return Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    transform = _transform(profile, image.mode)
    if transform is None:
        return image
    converted = ImageCms.applyTransform(image, transform)
    return image if converted is None else converted


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way to sRGB, or None when the profile is sRGB already, broken, or meant for another kind of pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        kind = source.profile.xcolor_space.strip()
        if kind != {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}.get(mode):
            return None
        if kind == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
