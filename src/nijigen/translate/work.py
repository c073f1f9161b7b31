"""The work of ``nijigen stylize`` on pictures: one, an animated one, or every one of a folder or zip."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.data.folder_work import Done, Taken, each_picture, newer, read_one
from nijigen.errors import NijigenError
from nijigen.files import locked, printable, write_bytes, write_json
from nijigen.images.animation import FILMS, MOST_FPS, encode_animation
from nijigen.images.decode import PictureError, decode, has_more_frames
from nijigen.images.moving import open_moving
from nijigen.images.output import encode
from nijigen.images.sheet import Pixels
from nijigen.images.source import SourceType
from nijigen.machine import give_freed_memory_back
from nijigen.progress import track
from nijigen.style.pictures import exif_of, fitted
from nijigen.translate.kinds import check_moving, check_still, kept
from nijigen.translate.steady import Steady
from nijigen.translate.stylizer import Stylizer
from nijigen.translate.tiling import steps

SETTINGS = "stylize.json"  # in a folder of drawn pictures: what they were drawn with

# Where single frames may have no alpha; WebP and APNG want all of them alike.
PLAIN = (*FILMS, ".gif")

Step = Callable[[], object]


def stylize_one(stylizer: Stylizer, source: Path, target: Path, quiet: bool = False) -> Done:
    """Draw one picture, still or animated; a file that is there is replaced.

    Raises:
        NijigenError: it cannot be read, or its name is none that is written.
        OSError: the file cannot be written.
    """
    taken = read_one(source)
    try:
        if has_more_frames(taken.data):
            check_moving(taken.name, target)
            count = open_moving(taken.data).count
            with track(count, "stylizing", unit="frames", quiet=quiet) as bar:
                return _moving(stylizer, taken, target, bar.advance)
        check_still(target)
        image = decode(taken.data)
        with track(steps(_size(stylizer, image.size)), "stylizing", unit="tiles", quiet=quiet) as bar:
            return _still(stylizer, taken, image, target, bar.advance)
    except PictureError as error:
        raise NijigenError(f"{source}: {error.reason}: {error}") from None


def stylize_many(stylizer: Stylizer, source: Path, out: Path, quiet: bool = False) -> list[Done]:
    """Draw every picture of a folder or zip into the same places below ``out``; what is there and whole stays.

    A picture counts as there if its file is no older than the picture and can be read. What it was drawn with is kept
    in ``stylize.json``.

    Raises:
        NijigenError: there are no pictures, none could be drawn, ``out`` holds pictures drawn with other settings, or
            another process writes to it.
        OSError: a file cannot be written.
    """
    with locked(out, ".settings.lock"):
        _same_settings(stylizer, out)

    def make(taken: Taken, target: Path) -> Done:
        moves = has_more_frames(taken.data)
        if not moves and target.suffix.lower() == ".gif":  # a GIF that does not move is no format for drawings
            target = target.with_name(f"{target.name}.png")
        if newer(target, taken.path) and (size := _size_of(target)):
            return Done(taken.name, printable(str(target)), size, there=True)
        if moves:
            check_moving(taken.name, target)
            return _moving(stylizer, taken, target)
        return _still(stylizer, taken, decode(taken.data), target)

    return each_picture(source, out, make, "stylizing", "drawn", quiet, kept)


def _still(stylizer: Stylizer, taken: Taken, image: Image.Image, target: Path, step: Step | None = None) -> Done:
    made = stylizer(image, step=step)
    give_freed_memory_back()  # the next picture may be of another size
    data, lost = encode(made, target.name, exif=exif_of(taken.data), source=SourceType.EDITED)
    write_bytes(target, data)
    return Done(taken.name, printable(str(target)), made.size, notes=lost)


def _moving(stylizer: Stylizer, taken: Taken, target: Path, step: Step | None = None) -> Done:
    moving = open_moving(taken.data)
    shown = Steady(stylizer)

    def frames() -> Iterator[Pixels]:
        for frame in moving.frames():
            made = shown(frame)
            yield np.asarray(made if target.suffix.lower() in PLAIN else made.convert("RGBA"))
            if step:
                step()

    fps = min(moving.fps, MOST_FPS)
    data = encode_animation(target, frames(), fps, durations=moving.durations, source=SourceType.EDITED)
    write_bytes(target, data)
    return Done(taken.name, printable(str(target)), _size(stylizer, moving.size))


def _size(stylizer: Stylizer, size: tuple[int, int]) -> tuple[int, int]:
    longest = stylizer.settings.size
    return size if longest is None else fitted(size, longest)


def _size_of(target: Path) -> tuple[int, int] | None:
    """(width, height) of a picture that was drawn before and is whole."""
    try:
        data = target.read_bytes()
        decode(data)
        with Image.open(BytesIO(data)) as image:
            return image.size
    except (OSError, PictureError):
        return None


def _same_settings(stylizer: Stylizer, out: Path) -> None:
    """Note in a folder what its pictures are drawn with; refuse to mix them with others."""
    now: dict[str, Any] = {
        "style": stylizer.style.name,
        "weights": stylizer.style.digest,
        "strength": stylizer.settings.strength,
        "face": "paste" if stylizer.detector else "whole",
        "size": stylizer.settings.size or "keep",
    }
    path = out / SETTINGS
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        write_json(path, now)
        return
    except (OSError, ValueError):
        before = {}
    if before != now:
        former = ", ".join(f"{key} {before[key]}" for key in now if key in before and before[key] != now[key])
        raise NijigenError(f"{out} holds pictures drawn otherwise ({former or SETTINGS}): choose another folder")
