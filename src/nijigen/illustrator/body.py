"""The body under the clothes, and the parts that every outfit is cut from.

The bust is the upper part of the same figure that ``framing=full`` shows whole:
neck at y = 208, waist at 290, feet at 366.
"""

from nijigen.illustrator.curves import CORNER, Knot, Path, outline, oval
from nijigen.illustrator.palette import Ramp, blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject


class Tailor:
    """Cuts clothes for one person."""

    def __init__(self, scene: Scene, subject: Subject) -> None:
        self.scene, self.subject, self.full = scene, subject, subject.full
        self.broad = 0.0 if subject.girl else 5.0
        self.width = subject.line(2.6)
        self.skin_edge, self.skin_width = subject.skin_edge, subject.skin_line(2.6)

    def both(self, shape: Path, colour: Ramp, fill: str | None = None) -> None:
        """A pair of parts in one material."""
        self.scene.both(shape, fill or self.fill(colour), colour.line, self.width)

    def one(self, shape: Path, colour: Ramp, fill: str | None = None) -> None:
        """A part in one material."""
        self.scene.path(shape, fill or self.fill(colour), colour.line, self.width)

    def fill(self, colour: Ramp) -> str:
        """Cloth: lit from above."""
        if not self.subject.style.soft:
            return colour.base
        bottom = 320 if self.full else 262
        return self.scene.linear(
            (0, 206),
            (0, bottom),
            [(0, blend(colour.base, colour.light, 0.35)), (1, blend(colour.base, colour.shade, 0.3))],
        )

    def neck(self) -> None:
        """The neck and the shadow of the chin on it."""
        skin, wide = self.subject.skin, 13 + self.broad * 0.5
        neck = outline([
            (128 - wide, 180), (128 - wide, 204), (128 - wide - 8, 216), (128, 226), (128 + wide + 8, 216),
            (128 + wide, 204), (128 + wide, 180),
        ])  # fmt: skip
        self.scene.path(neck, skin.base, self.skin_edge, self.skin_width)
        shadow = outline([(128 - wide, 184), (128 + wide, 184), (128 + wide, 202), (128, 208), (128 - wide, 202)])
        self.scene.path(shadow, skin.shade, opacity=0.85)

    def chest(self) -> None:
        """Bare shoulders, for wide necklines."""
        b = self.broad
        shape = outline([
            (114, 206), (96, 214), (80 - b, 226), (76 - b, 262), (180 + b, 262), (176 + b, 226), (160, 214),
            (142, 206),
        ])  # fmt: skip
        self.scene.path(shape, self.subject.skin.base, self.skin_edge, self.skin_width)

    def torso(self, colour: Ramp, neckline: float = 0.0) -> None:
        """The trunk; ``neckline`` lowers it at the throat."""
        b = self.broad
        left: list[Knot] = [
            (128, 213 + neckline), (114, 208), (96, 214), (82 - b, 224), (79 - b, 248), (85 - b, 276),
            (84 - b, 302, CORNER),
        ]  # fmt: skip
        right: list[Knot] = [(256 - knot[0], *knot[1:]) for knot in reversed(left[1:])]
        self.one(outline(left + right), colour)

    def sleeves(self, colour: Ramp, kind: str = "long") -> None:
        """Arms: ``long``, ``short`` (bare below), ``puff`` or ``wide`` sleeves."""
        b, skin = self.broad, self.subject.skin
        if kind in ("short", "puff"):
            arm = outline([
                (86 - b, 228), (72 - b, 240), (66 - b, 264), (60 - b, 288), (66 - b, 300), (76 - b, 294),
                (82 - b, 270),
            ])  # fmt: skip
            self.scene.both(arm, skin.base, self.skin_edge, self.skin_width)
        elif self.full:
            self.scene.both(oval(64 - b, 292, 9, 9.5), skin.base, self.skin_edge, self.skin_width)
        shapes: dict[str, list[Knot]] = {
            "long": [
                (92 - b, 217),
                (76 - b, 224),
                (66 - b, 244),
                (56 - b, 284, CORNER),
                (75 - b, 290, CORNER),
                (84 - b, 262),
            ],
            "short": [(92 - b, 216), (76 - b, 223), (65 - b, 244, CORNER), (84 - b, 252, CORNER)],
            "puff": [(94 - b, 215), (74 - b, 213), (60 - b, 226), (63 - b, 244), (80 - b, 250), (92 - b, 238)],
            "wide": [
                (92 - b, 216),
                (74 - b, 224),
                (60 - b, 248),
                (40 - b, 286, CORNER),
                (62 - b, 300),
                (82 - b, 288, CORNER),
                (86 - b, 250),
            ],
        }
        self.both(outline(shapes[kind]), colour)

    def legs(self, socks: Ramp | None, shoes: Ramp) -> None:
        """Short legs in socks and shoes (only the whole figure has them)."""
        if not self.full:
            return
        leg = outline([(99, 296), (97, 330), (101, 352), (119, 352), (123, 330), (125, 296)])
        self.scene.both(leg, self.subject.skin.base, self.skin_edge, self.skin_width)
        if socks is not None:
            sock = outline([(98, 328, CORNER), (111, 331), (123, 328, CORNER), (120, 354), (100, 354)])
            self.both(sock, socks)
        shoe = outline([(99, 348), (91, 358), (93, 366, CORNER), (121, 366, CORNER), (122, 349, CORNER), (111, 352)])
        self.both(shoe, shoes)

    def skirt(self, colour: Ramp, length: float = 0.0, flare: float = 0.0) -> None:
        """A pleated skirt."""
        if not self.full:
            return
        y = 324 + length
        shape = outline([
            (85, 284, CORNER), (70 - flare, y - 3, CORNER), (100, y + 3), (128, y + 4), (156, y + 3),
            (186 + flare, y - 3, CORNER), (171, 284, CORNER), (128, 288),
        ])  # fmt: skip
        self.one(shape, colour)
        for x in (96, 112, 128, 144, 160):
            bottom = 128 + (x - 128) * 1.32
            self.scene.path(Path().move(x, 294).line(bottom, y), None, colour.line, self.width * 0.6, 0.7)

    def trousers(self, colour: Ramp, bottom: float = 346) -> None:
        """Shorts or trousers, by where they end."""
        if not self.full:
            return
        shape = outline([
            (85, 288, CORNER), (92, bottom, CORNER), (123, bottom + 2, CORNER), (128, 318, CORNER),
            (133, bottom + 2, CORNER), (164, bottom, CORNER), (171, 288, CORNER),
        ])  # fmt: skip
        self.one(shape, colour)
