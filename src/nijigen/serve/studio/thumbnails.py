"""What a word looks like: small drawings and swatches for pickers, drawn by the illustrator when they are asked for.

>>> from nijigen.serve.studio.thumbnails import colour, thumbnail
>>> thumbnail("hair_style", "twintails")[:4]
b'\\x89PNG'
>>> colour("hair_color", "pink")
'#ffa3c4'
>>> thumbnail("hair_style", "mohawk") is None
True
"""

import io
from collections.abc import Mapping
from functools import cache, lru_cache

from PIL import Image

from nijigen.illustrator import SCHEMA
from nijigen.illustrator.backgrounds import draw_background
from nijigen.illustrator.curves import polygon
from nijigen.illustrator.figure import draw_figure
from nijigen.illustrator.palette import EYE, HAIR, SKIN, Ramp, blend
from nijigen.illustrator.render import png
from nijigen.illustrator.scene import PAGE, Scene, View
from nijigen.illustrator.subject import Subject
from nijigen.illustrator.traits import Traits
from nijigen.schema import Labels, SchemaError
from nijigen.vocabulary import fold, vocabulary

SIDE = 144  # pixels: sharp at 72 on a screen with two of them to one
COLOURS = 96  # of a thumbnail's palette: a third of the bytes, and the eye sees no difference at this size
GROUND = "#f3eefb"  # behind people: neither white nor dark, so that every hair is seen on light pages and dark ones
PERSON = 22  # whose face it is

SWATCHES: Mapping[str, Mapping[str, Ramp]] = {"hair_color": HAIR, "eye_color": EYE, "skin_tone": SKIN}

# A person who distracts from nothing; what a word is about is then set.
USUAL: Labels = {
    "art_style": "anime", "gender": "girl", "hair_style": "bob", "hair_color": "pink", "eye_color": "teal",
    "expression": "smile", "skin_tone": "light", "accessory": "none", "outfit": "t_shirt", "background": "plain",
    "framing": "bust", "head_size": 1.0, "eye_size": 1.0, "face_width": 1.0, "tilt": 0.0, "fringe_length": 1.0,
    "blush": 0.5,
}  # fmt: skip

# The part of the page where the words of an attribute differ: left, top, side.
HEAD: View = (12, 4, 232)
FACE: View = (58, 82, 140)
VIEWS: Mapping[str, View] = {
    "hair_style": HEAD, "expression": FACE, "accessory": HEAD, "outfit": (77, 139, 102), "art_style": HEAD,
    "gender": HEAD, "eye_size": FACE, "blush": FACE, "fringe_length": (36, 30, 184),
}  # fmt: skip
CORNER: View = (0, 0, 132)  # of backgrounds whose motifs leave the middle to the person
SCATTERED = ("hearts", "stars", "clouds", "sakura")

# What else is set, for a word to be seen: clothes on the whole person, and hair as chance often gives it.
WITH: dict[tuple[str, str], Labels] = {
    ("gender", "girl"): {"hair_style": "long"},
    ("gender", "boy"): {"hair_style": "short"},
    **{("outfit", word): {"framing": "full", "hair_style": "short"} for word in SCHEMA["outfit"].values},
}


@lru_cache(maxsize=512)
def thumbnail(attribute: str, value: str | float, side: int = SIDE) -> bytes | None:
    """A square PNG, RGB, of one value; None for words that the illustrator does not know.

    Equal arguments are equal bytes. Colours are swatches, everything else is drawn on the same person, cropped to where
    the difference is. Numbers show that person with the number, so that the ends of a slider can be pictured.

    Args:
        attribute, value: in any language; ``value`` may be a number where the illustrator's attribute is one.
        side: pixels.

    Raises:
        NijigenError: the side is out of range.
    """
    known = _known(attribute, value)
    if known is None:
        return None
    name, word = known
    if name in SWATCHES:
        return _packed(_swatch(name, SWATCHES[name][str(word)]).svg(side))
    labels = {**USUAL, **WITH.get((name, str(word)), {}), name: word}
    subject = Subject(labels, Traits(PERSON), fine=True)
    if name == "background":
        scene = Scene()
        draw_background(scene, subject)
        return _packed(scene.svg(side, CORNER if word in SCATTERED else PAGE))
    return _packed(draw_figure(subject, transparent=True).svg(side, VIEWS.get(name, PAGE)))


def colour(attribute: str, value: str | float) -> str | None:
    """The colour ``#rrggbb`` of a word of hair, eyes or skin; None for all other words."""
    known = _known(attribute, value)
    return SWATCHES[known[0]][str(known[1])].base if known and known[0] in SWATCHES else None


@cache
def _known(attribute: str, value: str | float) -> tuple[str, str | float] | None:
    """The illustrator's own name and word for them.

    A word that means something else in the vocabulary (grey hair, say, beside silver) is not shown as its neighbour.
    """
    try:
        name = SCHEMA.attribute_name(attribute)
        found = SCHEMA[name].normalize(value)
    except SchemaError:
        return None
    if found is None:
        return None
    another = fold(str(value)) != found and fold(str(value)) in vocabulary().get(name, {}).get("values", {})
    return None if another else (name, found)


def _swatch(name: str, ramp: Ramp) -> Scene:
    """A disc: an iris for eyes, a cheek for skin, a shining lock for hair."""
    scene = Scene()
    scene.path(polygon([(0, 0), (256, 0), (256, 256), (0, 256)]), GROUND)
    if name == "eye_color":
        scene.ellipse(128, 128, 108, None, scene.linear((128, 20), (128, 236), [(0, ramp.shade), (0.55, ramp.base),
                      (1, ramp.light)]), ramp.line, 12)  # fmt: skip
        scene.ellipse(128, 128, 45, None, ramp.line)
        scene.ellipse(90, 83, 28, None, "#ffffff")
        scene.ellipse(168, 180, 14, None, "#ffffff", opacity=0.85)
        return scene
    edge = blend(ramp.base, ramp.line, 0.55)
    lit = scene.linear((70, 40), (190, 216), [(0, ramp.light), (0.42, ramp.base), (0.66, ramp.base), (1, ramp.shade)])
    scene.ellipse(128, 128, 110, None, lit, edge, 8)
    return scene


def _packed(svg: str) -> bytes:
    """A small PNG of a drawing, laid on the ground."""
    with Image.open(io.BytesIO(png(svg))) as drawn:
        ground = Image.new("RGBA", drawn.size, GROUND)
        ground.alpha_composite(drawn.convert("RGBA"))
    buffer = io.BytesIO()
    few = ground.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
