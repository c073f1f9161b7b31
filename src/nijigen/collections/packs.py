"""Several kept avatars as files to take along: the originals, a sprite sheet, a set of stickers.

Names say what is in a file: what made it, its seed, and its first words, as ``chibi-7-pink-twintails-smile.png``.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.collections.kept import Kept
from nijigen.collections.stickers import stickers
from nijigen.errors import NijigenError
from nijigen.images.atlas import make_atlas
from nijigen.images.packing import LARGEST
from nijigen.images.png import encode_png
from nijigen.images.sheet import Pixels
from nijigen.images.zipped import zipped
from nijigen.vocabulary import fold

Kind = Literal["zip", "sheet", "stickers"]
MOST: Mapping[Kind, int] = {"zip": 500, "sheet": 500, "stickers": 120}  # pictures in one file
MOST_BYTES = 512 * 2**20
TELLING = ("hair_color", "hair_style", "expression")  # the words that tell one avatar from the next
LONGEST = 80

T = TypeVar("T")
File = Callable[[Kept], bytes]
Steps = Generator[None, None, T]


@dataclass(frozen=True)
class Pack:
    """Files that belong together.

    Attributes:
        name: of the archive, like ``favourites-sheet.zip``.
        files: name → bytes.
        newest: when the last of them was added.
    """

    name: str
    files: dict[str, bytes]
    newest: datetime

    @property
    def data(self) -> bytes:
        """The archive; the same files give the same bytes."""
        return zipped(self.files, self.newest)


def pack(pictures: Sequence[Kept], file: File, kind: Kind) -> Pack:
    """``zip``: the originals and what is known of them; ``sheet``: a sprite sheet and its JSON atlas; ``stickers``.

    Args:
        file: gives the bytes of one.

    Raises:
        NijigenError: none or too many, another kind, or a file that is missing or damaged.
    """
    steps = packing(pictures, file, kind)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Pack = end.value
            return made


def packing(pictures: Sequence[Kept], file: File, kind: Kind) -> Steps[Pack]:
    """:func:`pack`, a picture a step: whoever has other things to do does them in between, or stops."""
    if kind not in get_args(Kind):
        raise NijigenError(f"--export {kind}: use {', '.join(get_args(Kind))}")
    if not pictures:
        raise NijigenError("nothing to pack: choose one avatar or more")
    if len(pictures) > MOST[kind] or sum(kept.bytes for kept in pictures) > MOST_BYTES:
        limit = f"{MOST[kind]} avatars and {MOST_BYTES >> 20} MiB"
        raise NijigenError(f"{len(pictures)} avatars are too many for one file: choose at most {limit}")
    if kind == "sheet" and sum(kept.width * kept.height for kept in pictures) > LARGEST**2:
        raise NijigenError(f"{len(pictures)} avatars do not fit on a sheet of {LARGEST:,} px: choose fewer")
    named = dict(zip(stems(pictures), pictures, strict=True))
    collections = {kept.collection for kept in pictures}
    base = (_plain(collections.pop()) if len(collections) == 1 else "") or "avatars"
    made = yield from {"zip": _originals, "sheet": _sheet, "stickers": _stickers}[kind](named, file, base)
    name = base if kind == "zip" else f"{base}-{kind}"
    return Pack(f"{name}.zip", made, max(kept.added for kept in pictures))


def stems(pictures: Sequence[Kept]) -> list[str]:
    """A file name without ending for each, no two alike."""
    found: dict[str, None] = {}
    for kept in pictures:
        stem = name = _stem(kept)
        number = 1
        while name in found:
            number += 1
            name = f"{stem}-{number}"
        found[name] = None
    return list(found)


def _stem(kept: Kept) -> str:
    texts = {name: value for name, value in kept.attributes.items() if isinstance(value, str)}
    words = [texts[name] for name in TELLING if name in texts] or list(texts.values())[: len(TELLING)]
    seed = "" if kept.seed is None else str(kept.seed)[:20]
    parts = [_plain(part) for part in (kept.model or "drawn", seed, *words)]
    return "-".join(part for part in parts if part)[:LONGEST] or "avatar"


def _plain(word: str) -> str:
    """A word for a file name: letters and digits of any language."""
    kept = "".join(character if character.isalnum() else "-" for character in fold(word))
    return "-".join(part for part in kept.split("-") if part)[:LONGEST]


def _originals(named: dict[str, Kept], file: File, base: str) -> Steps[dict[str, bytes]]:
    endings = {"image/png": ".png", "image/webp": ".webp"}
    files = {}
    for stem, kept in named.items():
        files[f"{stem}{endings[kept.media_type]}"] = file(kept)
        yield
    shown = ("collection", "note", "attributes", "model", "seed", "added", "digest")
    told = [
        {"file": name, **{key: kept.as_dict()[key] for key in shown}}
        for name, kept in zip(files, named.values(), strict=True)
    ]
    return files | {"collection.json": _json(told)}


def _sheet(named: dict[str, Kept], file: File, base: str) -> Steps[dict[str, bytes]]:
    frames = {}
    for stem, kept in named.items():
        frames[stem] = Avatar.read(file(kept), stem).pixels
        yield
    if any(pixels.shape[2] == 4 for pixels in frames.values()):
        frames = {stem: _with_alpha(pixels) for stem, pixels in frames.items()}
    atlas = make_atlas(frames, f"{base}.png")
    return {f"{base}.png": encode_png(Image.fromarray(atlas.pixels)), f"{base}.json": _json(atlas.data)}


def _with_alpha(pixels: Pixels) -> Pixels:
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)


def _stickers(named: dict[str, Kept], file: File, base: str) -> Steps[dict[str, bytes]]:
    made: dict[str, bytes] = {}
    for stem, kept in named.items():
        made |= stickers(Avatar.read(file(kept), stem), stem)
        yield
    return made


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
