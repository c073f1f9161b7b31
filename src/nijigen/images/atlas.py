"""Sprite sheets for game engines: frames in one picture, and where each is in JSON, as TexturePacker's hash has it.

Phaser (``load.atlas``), PixiJS (``Assets.load``) and importers for Godot and Unity read it.

>>> import numpy as np
>>> from nijigen.images.atlas import make_atlas
>>> atlas = make_atlas({"smile": np.zeros((8, 8, 4), np.uint8)}, "ada.png")
>>> atlas.data["frames"]["smile"]["sourceSize"]
{'w': 8, 'h': 8}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import nijigen
from nijigen.errors import NijigenError
from nijigen.images.packing import pack
from nijigen.images.sheet import Pixels

MOST_PADDING = 64
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Atlas:
    """A sheet.

    Attributes:
        pixels: ``[H, W, 3|4]``.
        data: what goes into the JSON file.
    """

    pixels: Pixels
    data: dict[str, Any]


def make_atlas(
    frames: Mapping[str, Pixels],
    image: str,
    *,
    padding: int = 2,
    trim: bool = True,
    power_of_two: bool = True,
    animations: Mapping[str, Sequence[str]] | None = None,
) -> Atlas:
    """A sheet of frames ``[H, W, 3|4]``, uint8 with straight alpha, all of as many channels.

    Args:
        image: the file name that the JSON gives for the sheet.
        padding: empty pixels around each frame, 0 to 64.
        trim: leave transparent borders out; the JSON says how much, and engines put them back.
        animations: names of frames in the order in which they are shown (PixiJS reads it; others ignore it).

    Raises:
        NijigenError: no frames, frames of different channels, a padding out of range, or more than a sheet can hold.
    """
    if not frames:
        raise NijigenError("a sprite sheet needs one frame or more")
    if len({pixels.shape[2] for pixels in frames.values()}) > 1:
        raise NijigenError("frames with and without transparency do not go into one sprite sheet")
    if not 0 <= padding <= MOST_PADDING:
        raise NijigenError(f"--padding {padding} is out of range: use 0 to {MOST_PADDING} pixels")
    boxes = {name: seen_box(pixels) if trim else _whole(pixels) for name, pixels in frames.items()}
    sizes = [(right - left, bottom - top) for left, top, right, bottom in boxes.values()]
    (width, height), places = pack(sizes, padding, power_of_two)
    channels = next(iter(frames.values())).shape[2]
    sheet: Pixels = np.zeros((height, width, channels), np.uint8)
    listed: dict[str, Any] = {}
    for (name, pixels), (x, y) in zip(frames.items(), places, strict=True):
        left, top, right, bottom = boxes[name]
        wide, high = right - left, bottom - top
        sheet[y : y + high, x : x + wide] = pixels[top:bottom, left:right]
        listed[name] = {
            "frame": {"x": x, "y": y, "w": wide, "h": high},
            "rotated": False,
            "trimmed": boxes[name] != _whole(pixels),
            "spriteSourceSize": {"x": left, "y": top, "w": wide, "h": high},
            "sourceSize": {"w": pixels.shape[1], "h": pixels.shape[0]},
        }
    meta = {
        "app": "nijigen",
        "version": nijigen.__version__,
        "image": image,
        "format": "RGBA8888" if channels == 4 else "RGB888",
        "size": {"w": width, "h": height},
        "scale": "1",
    }
    told = {"animations": {name: list(order) for name, order in animations.items()}} if animations else {}
    return Atlas(sheet, {"frames": listed, **told, "meta": meta})


def cut_out(sheet: Pixels, data: Mapping[str, Any], name: str) -> Pixels:
    """A frame ``[H, W, 3|4]`` of a sheet, with what was trimmed put back as nothing.

    Raises:
        NijigenError: no such frame, or the JSON does not fit the sheet.
    """
    try:
        entry = data["frames"][name]
        x, y, wide, high = (int(entry["frame"][key]) for key in "xywh")
        left, top = (int(entry["spriteSourceSize"][key]) for key in "xy")
        whole = np.zeros((int(entry["sourceSize"]["h"]), int(entry["sourceSize"]["w"]), sheet.shape[2]), np.uint8)
        if entry.get("rotated"):
            raise ValueError("it is turned, which nijigen does not write")
        if min(x, y, left, top) < 0 or sheet[y : y + high, x : x + wide].shape[:2] != (high, wide):
            raise ValueError("it lies outside of the sheet")
        whole[top : top + high, left : left + wide] = sheet[y : y + high, x : x + wide]
    except (KeyError, TypeError, ValueError) as error:
        raise NijigenError(f"frame {name!r} cannot be cut out of the sprite sheet: {error}") from None
    return whole


def seen_box(pixels: Pixels) -> Box:
    """What of a picture ``[H, W, 3|4]`` is not entirely transparent; one pixel where nothing is to be seen."""
    if pixels.shape[2] == 3:
        return _whole(pixels)
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _whole(pixels: Pixels) -> Box:
    return 0, 0, pixels.shape[1], pixels.shape[0]
