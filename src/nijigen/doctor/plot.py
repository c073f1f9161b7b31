"""The evidence of a finding: a small SVG for the report, a line of blocks for the terminal."""

import html
import math

from nijigen.doctor.case import Case, Series
from nijigen.doctor.finding import Curve, Sign

WIDTH, PANEL, EDGE, FOOT = 640, 96, 52, 18
COLOURS = ("#e0568b", "#4a7de0", "#2aa583", "#c98a1a")
BLOCKS = "▁▂▃▄▅▆▇█"
# Curves that mean something only beside each other share a panel.
TOGETHER = ({"d.real", "d.held_out", "d.fake"}, {"labels.made", "labels.real"}, {"change.label", "change.noise"})


def series_of(case: Case, curve: Curve) -> Series:
    """The numbers of a curve, from the first row on: what is not judged yet is shown all the same."""
    rows = case.metrics if curve.metric else case.probes
    return Case(rows, (), case.recipe).metric(curve.name)


def panels(case: Case, sign: Sign) -> list[list[tuple[Curve, Series]]]:
    """The curves of a sign that have numbers, by panel."""
    found: list[list[tuple[Curve, Series]]] = []
    for curve in sign.curves:
        series = series_of(case, curve)
        if not len(series):
            continue
        for panel in found:
            if any({curve.name, panel[0][0].name} <= names for names in TOGETHER):
                panel.append((curve, series))
                break
        else:
            found.append([(curve, series)])
    return found


def svg(case: Case, sign: Sign) -> str:
    """A drawing with a panel for each kind of number; dashed: where it begins to be a sign. Empty without numbers."""
    drawn = panels(case, sign)
    if not drawn:
        return ""
    end = max(series.images[-1] for panel in drawn for _, series in panel) or 1
    start = case.warm_up
    height = PANEL * len(drawn) + FOOT
    parts = []
    if start < end and any(not curve.metric for panel in drawn for curve, _ in panel):
        width = (WIDTH - EDGE - 10) * start / end
        parts.append(f'<rect x="{EDGE}" y="0" width="{width:.1f}" height="{PANEL * len(drawn)}" fill="#f0f0f4"/>')
    parts += [_panel(panel, end, place * PANEL) for place, panel in enumerate(drawn)]
    parts.append(f'<text x="{WIDTH - 8}" y="{height - 5}" text-anchor="end">{end:,}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">{"".join(parts)}</svg>'


def _panel(panel: list[tuple[Curve, Series]], end: int, top: int) -> str:
    limits = [curve.limit for curve, _ in panel if curve.limit is not None]
    values = [value for _, series in panel for value in series.values] + limits
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def place(images: int, value: float) -> str:
        x = EDGE + (WIDTH - EDGE - 10) * images / end
        return f"{x:.1f},{top + 10 + (PANEL - 34) * (high - value) / span:.1f}"

    drawn = []
    for number, (curve, series) in enumerate(panel):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(place(images, value) for images, value in zip(series.images, series.values, strict=True))
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>')
        x = EDGE + 8 + 170 * number
        name = html.escape(curve.name)
        drawn.append(f'<text x="{x}" y="{top + PANEL - 6}" style="fill:{colour}">{name}</text>')
    for limit in limits:
        ends = f"{place(0, limit)} {place(end, limit)}"
        drawn.append(f'<polyline fill="none" stroke="#889" stroke-dasharray="4 3" points="{ends}"/>')
    scale = f'<text x="4" y="{top + 16}">{high:.3g}</text><text x="4" y="{top + PANEL - 22}">{low:.3g}</text>'
    return "".join(drawn) + scale


def blocks(series: Series, width: int = 32) -> str:
    """A curve as blocks of eight heights, from its lowest to its highest value."""
    step = max(1, math.ceil(len(series) / width))
    values = [max(series.values[at : at + step], key=abs) for at in range(0, len(series), step)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(BLOCKS[round((value - low) / span * (len(BLOCKS) - 1))] for value in values)
