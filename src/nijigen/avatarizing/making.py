"""The verb ``avatarize``: a photograph → avatars of somebody who looks like that, as far as words go."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.avatar import MAX_SHEET, Avatars
from nijigen.avatarizing.portrait import Portrait, open_portrait, read_portrait
from nijigen.avatarizing.wishes import Wishes, wish
from nijigen.engine.model import Model, load
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA
from nijigen.illustrator.drawing import draw
from nijigen.images.faces.crop import crop_face
from nijigen.images.resize import on_white
from nijigen.images.sheet import make_sheet
from nijigen.schema import AttributeSchema

AROUND = 0.4  # of the photograph's face, on a sheet
LEAST_TILE = 192  # pixels a side, on a sheet


@dataclass(frozen=True)
class Artist:
    """Who draws: the illustrator, or a model where there is one."""

    model: Model | None = None
    size: int = 256
    transparent: bool = False

    @property
    def schema(self) -> AttributeSchema:
        """The words it understands."""
        return SCHEMA if self.model is None else self.model.schema

    def make(self, wishes: Wishes, count: int, seed: int | str) -> Avatars:
        """Avatars with birth certificates; nothing of a photograph but the words is in them.

        Raises:
            NijigenError: a count, size or seed out of range.
        """
        if count > MAX_SHEET:
            raise NijigenError(f"-n {count:,}: make at most {MAX_SHEET:,} avatars of one photograph")
        asked: dict[str, Any] = {"attributes": wishes.attributes, "avoid": wishes.avoid}
        if self.model is not None:
            return self.model.generate(count, seed, **asked)
        return draw(count, seed, self.size, transparent=self.transparent, **asked)


def avatarize(
    image: Image.Image | str | Path,
    seed: int | str = 0,
    *,
    count: int = 1,
    model: str | Path | Model | None = None,
    size: int = 256,
    attributes: Mapping[str, Any] | None = None,
    **words: Any,
) -> Avatars:
    """Avatars for a photograph: hair colour, skin tone, glasses and smile as far as they can be told.

    What cannot be told, and gender always, is drawn from the seed unless it is given.

    Args:
        image: a photograph with a face, or its path.
        model: a name, path or :class:`~nijigen.engine.model.Model` that draws; by default the illustrator does.
        size: pixels a side of the illustrator's drawings, 8 to 4096.
        attributes: words of the schema, in English, 中文 or 日本語, which win over what is read; the same as keyword
            arguments: ``hair_color="pink"``.

    Raises:
        NijigenError: no face is found, the picture cannot be read, OpenCV is missing, or a word is wrong.
    """
    drawing = Artist(model if model is None or isinstance(model, Model) else load(model), size)
    asked = drawing.schema.normalize({**(attributes or {}), **words})
    readings = read_portrait(open_portrait(image))
    return drawing.make(wish(readings, asked, drawing.schema), count, seed)


def sheet_beside(portrait: Portrait, avatars: Avatars) -> Image.Image:
    """The photograph's face and the avatars in one picture; it has no certificate, and shows the photograph."""
    pictures = [on_white(avatar.image) for avatar in avatars]
    side = pictures[0].width * max(1, -(-LEAST_TILE // pictures[0].width))
    face = crop_face(on_white(portrait.image), portrait.face, AROUND)
    tiles = [picture.resize((side, side), Image.Resampling.BICUBIC) for picture in (face, *pictures)]
    return make_sheet([np.asarray(tile) for tile in tiles])
