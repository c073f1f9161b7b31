"""What the features of a ``tf.train.Example`` say: the picture, its labels, its name, its licence.

There is no one convention, so the names that data sets use are tried in turn. A scalar feature that is a word or a
number, and no known property of the file (its width, its format), is taken for an attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nijigen.data.layouts.records import BYTES, FLOATS, INTS, Buffer, Feature
from nijigen.data.layouts.words import LONGEST_WORD, word
from nijigen.data.rights import own
from nijigen.data.sources import HEAD_BYTES
from nijigen.images.decode import looks_like_picture
from nijigen.vocabulary import fold

PICTURES = ("image/encoded", "image", "image_raw", "image/raw", "img", "img_raw", "image_bytes", "encoded", "jpeg",
            "png", "picture", "x")  # fmt: skip
HEIGHTS, WIDTHS = ("height", "image/height", "rows"), ("width", "image/width", "cols")
DEPTHS = ("depth", "channels", "image/channels", "image/depth")
FILES = ("image/filename", "filename", "file_name", "image/file_name")
LICENCES, SOURCES = ("licence", "license", "image/licence", "image/license"), ("source", "image/source")
CLASS_WORDS = ("image/class/text", "class/text", "label/text", "class_name", "label_name")
CLASS_NUMBERS = ("image/class/label", "class/label", "label", "class", "y")
ATTRIBUTES = ("label/", "labels/", "attribute/", "attributes/")
# Scalars that describe the file and not what it shows; names are compared folded.
NO_LABELS = frozenset(map(fold, (
    *PICTURES, *HEIGHTS, *WIDTHS, *DEPTHS, *FILES, *LICENCES, *SOURCES, *CLASS_WORDS, *CLASS_NUMBERS, "id", "image_id",
    "key", "index", "idx", "format", "encoding", "colorspace", "sha256", "md5", "hash", "url", "path", "split", "shape",
    "data", "size", "caption", "text", "description", "title", "timestamp", "date",
)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture: a file (``channels`` 0), or raw pixels, ``planes`` one channel after another."""

    data: Buffer
    height: int = 0
    width: int = 0
    channels: int = 0
    planes: bool = False


def picture_of(features: Mapping[str, Feature]) -> Picture | None:
    """The picture of an Example, or None where no feature looks like one.

    Raises:
        ValueError: a feature is broken.
    """
    if (planes := _planes(features)) is not None:
        return planes
    for name in [name for name in PICTURES if name in features] + list(features):
        value = features[name].only() if features[name].kind == BYTES else None
        if value is not None and looks_like_picture(bytes(value[:HEAD_BYTES])):
            return Picture(value)
    height, width = _number(features, HEIGHTS), _number(features, WIDTHS)
    for name in PICTURES:
        value = features[name].only() if name in features and features[name].kind == BYTES else None
        if value is not None and height and width:
            channels = _number(features, DEPTHS) or len(value) // (height * width)
            if channels in (1, 3, 4) and len(value) == height * width * channels:
                return Picture(value, height, width, channels)
    return None


def _planes(features: Mapping[str, Feature]) -> Picture | None:
    """The record of a StyleGAN pyramid: ``shape`` is ``[C, H, W]``, ``data`` the bytes."""
    shape, data = features.get("shape"), features.get("data")
    if shape is None or data is None or shape.kind != INTS or data.kind != BYTES:
        return None
    sizes, pixels = shape.values(4), data.only()
    if len(sizes) != 3 or pixels is None:
        raise ValueError("shape is not [C, H, W], or data is missing")
    channels, height, width = sizes
    if channels not in (1, 3, 4) or min(height, width) < 1 or len(pixels) != channels * height * width:
        raise ValueError(f"{len(pixels):,} bytes of data do not have the shape {sizes}")
    return Picture(pixels, height, width, channels, planes=True)


def labels_of(features: Mapping[str, Feature]) -> dict[str, str | float]:
    """Labels as the record writes them.

    Features ``label/NAME`` (or ``attributes/NAME``) name the attributes where there are any. Otherwise the class, in
    words before numbers, is ``class``, and every other scalar word or number without ``/`` is an attribute.
    """
    named: dict[str, str | float] = {}
    for key, feature in features.items():
        start = next((start for start in ATTRIBUTES if key.startswith(start)), None)
        label = None if start is None or key in CLASS_WORDS else _scalar(feature)
        if label is not None and start is not None and fold(key[len(start) :]):
            named[key[len(start) :]] = label
    if named:
        return named
    for key in (*CLASS_WORDS, *CLASS_NUMBERS):
        label = _scalar(features[key]) if key in features else None
        if label is not None:
            named["class"] = label
            break
    for key, feature in features.items():
        if "/" not in key and fold(key) and fold(key) not in NO_LABELS:
            label = _scalar(feature)
            if label is not None:
                named[key] = label
    return named


def file_name(features: Mapping[str, Feature]) -> str:
    """The name that the file had, or ""."""
    return _text(features, FILES)


def rights_of(features: Mapping[str, Feature]) -> tuple[str, str]:
    """Licence and source of the picture, "" where they are not said."""
    return own(_text(features, LICENCES)), own(_text(features, SOURCES))


def _text(features: Mapping[str, Feature], names: tuple[str, ...]) -> str:
    for name in names:
        feature = features.get(name)
        text = _scalar(feature, 1000) if feature is not None and feature.kind == BYTES else None
        if isinstance(text, str):
            return text
    return ""


def _number(features: Mapping[str, Feature], names: tuple[str, ...]) -> int:
    for name in names:
        value = features[name].only() if name in features and features[name].kind == INTS else None
        if value is not None and 0 < value < 2**31:
            return int(value)
    return 0


def _scalar(feature: Feature, longest: int = LONGEST_WORD) -> str | float | None:
    """The one word or number of a feature; None for lists, long texts and bytes that are no text."""
    value = feature.only()
    if value is None or feature.kind == INTS:
        return word(value)
    if feature.kind == FLOATS:
        return word(float(f"{value:.6g}"))  # six digits are what 32 bits can tell
    if len(value) > 4 * longest:
        return None
    try:
        text = bytes(value).decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and 0 < len(text) <= longest else None
