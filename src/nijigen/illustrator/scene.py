"""A drawing being made: shapes in painting order, written out as one small SVG document."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nijigen.illustrator.curves import AXIS, Path, number

CANVAS = 256

View = tuple[float, float, float]  # left, top and side of a square of the page
PAGE: View = (0, 0, CANVAS)

Stop = tuple[float, str] | tuple[float, str, float]


class Scene:
    """Collects shapes. Colours are ``#rrggbb`` or a gradient made by :meth:`linear` or :meth:`radial`."""

    def __init__(self) -> None:
        self._shapes: list[str] = []
        self._definitions: list[str] = []
        self._names: dict[str, str] = {}

    def path(
        self,
        shape: Path,
        fill: str | None = None,
        stroke: str | None = None,
        width: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a path; a stroke of width 0 is no stroke (the lineless art style)."""
        self._paint(f'<path d="{shape.text()}"', fill, stroke, width, opacity)

    def both(
        self,
        shape: Path,
        fill: str | None = None,
        stroke: str | None = None,
        width: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a path and its reflection, as one shape."""
        self.path(shape + shape.mirrored(AXIS), fill, stroke, width, opacity)

    def ellipse(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float | None = None,
        fill: str | None = None,
        stroke: str | None = None,
        width: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Paint an ellipse (a circle without ``ry``)."""
        radii = f'rx="{number(rx)}" ry="{number(rx if ry is None else ry)}"'
        self._paint(f'<ellipse cx="{number(x)}" cy="{number(y)}" {radii}', fill, stroke, width, opacity)

    def linear(self, start: tuple[float, float], end: tuple[float, float], stops: Sequence[Stop]) -> str:
        """A colour that changes along a line."""
        (x1, y1), (x2, y2) = start, end
        place = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        return self._gradient("linearGradient", place, stops)

    def radial(self, centre: tuple[float, float], radius: float, stops: Sequence[Stop]) -> str:
        """A colour that changes outwards from a point."""
        place = f'cx="{number(centre[0])}" cy="{number(centre[1])}" r="{number(radius)}"'
        return self._gradient("radialGradient", place, stops)

    @contextmanager
    def group(self, transform: str) -> Iterator[None]:
        """Everything painted inside is moved by an SVG transform."""
        self._shapes.append(f'<g transform="{transform}">')
        yield
        self._shapes.append("</g>")

    @contextmanager
    def clip(self, shape: Path) -> Iterator[None]:
        """Everything painted inside shows only within ``shape``."""
        name = f"c{len(self._definitions)}"
        self._definitions.append(f'<clipPath id="{name}"><path d="{shape.text()}"/></clipPath>')
        self._shapes.append(f'<g clip-path="url(#{name})">')
        yield
        self._shapes.append("</g>")

    def svg(self, size: int, view: View = PAGE) -> str:
        """The document, ``size`` pixels wide and high; ``view`` is the part of the page that it shows."""
        left, top, side = (number(part) for part in view)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
            f'viewBox="{left} {top} {side} {side}" stroke-linejoin="round" stroke-linecap="round">'
            f"<defs>{''.join(self._definitions)}</defs>{''.join(self._shapes)}</svg>"
        )

    def _paint(self, start: str, fill: str | None, stroke: str | None, width: float, opacity: float) -> None:
        look = f' fill="{fill or "none"}"'
        if stroke is not None and width > 0:
            look += f' stroke="{stroke}" stroke-width="{number(width)}"'
        elif fill is None:
            return
        if opacity < 1:
            # one of the two is enough for every shape we draw, and costs no extra layer as group opacity would
            look += f' fill-opacity="{number(opacity)}"' if fill else f' stroke-opacity="{number(opacity)}"'
        self._shapes.append(f"{start}{look}/>")

    def _gradient(self, kind: str, place: str, stops: Sequence[Stop]) -> str:
        inner = "".join(
            f'<stop offset="{number(stop[0])}" stop-color="{stop[1]}"'
            + (f' stop-opacity="{number(stop[2])}"' if len(stop) == 3 else "")
            + "/>"
            for stop in stops
        )
        body = f'gradientUnits="userSpaceOnUse" {place}>{inner}</{kind}>'
        if body not in self._names:
            name = f"g{len(self._definitions)}"
            self._names[body] = f"url(#{name})"
            self._definitions.append(f'<{kind} id="{name}" {body}')
        return self._names[body]
