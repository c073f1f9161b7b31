"""A curve through named points in a square of shares, drawn with Pillow alone."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

SIDE, EDGE, TOP = 560, 64, 44  # pixels: of the plot, left and below it, above it
INK, PALE, LINE = (60, 60, 72), (224, 224, 236), (224, 86, 139)
STEPS = 5


class Point(NamedTuple):
    """Shares in 0…1, and what is written beside them."""

    x: float
    y: float
    word: str


def draw_curve(points: Sequence[Point], title: str, across: str, up: str) -> Image.Image:
    """Points joined in order, in a square from 0 to 1 both ways, with a grid, a title and the names of both axes."""
    width, height = EDGE + SIDE + 24, TOP + SIDE + EDGE
    canvas = Image.new("RGB", (width * 2, height * 2), "white")  # drawn twice as large and shrunk: smooth lines
    pen = ImageDraw.Draw(canvas)
    small, large = ImageFont.load_default(24), ImageFont.load_default(30)

    def place(x: float, y: float) -> tuple[float, float]:
        return 2 * (EDGE + SIDE * min(max(x, 0.0), 1.0)), 2 * (TOP + SIDE * (1 - min(max(y, 0.0), 1.0)))

    for step in range(STEPS + 1):
        share = step / STEPS
        pen.line([place(share, 0), place(share, 1)], PALE, 2)
        pen.line([place(0, share), place(1, share)], PALE, 2)
        x, y = place(share, 0)
        pen.text((x, y + 12), f"{share:.1f}", INK, small, anchor="mt")
        x, y = place(0, share)
        pen.text((x - 12, y), f"{share:.1f}", INK, small, anchor="rm")
    x, y = place(0.5, 0)
    pen.text((x, y + 60), across, INK, small, anchor="mt")
    pen.text((2 * EDGE, 2 * TOP - 12), up, INK, small, anchor="lb")
    pen.text((width, 16), title, INK, large, anchor="mt")
    if len(points) > 1:
        pen.line([place(point.x, point.y) for point in points], LINE, 5, joint="curve")
    for point in points:
        x, y = place(point.x, point.y)
        pen.ellipse([x - 9, y - 9, x + 9, y + 9], LINE)
        pen.text((x + 16, y - 4), point.word, INK, small, anchor="lb")
    return canvas.resize((width, height), Image.Resampling.LANCZOS)
