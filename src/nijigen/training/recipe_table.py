"""The rows of :func:`nijigen.training.listing.list_recipes` as lines for people."""

import textwrap
from collections.abc import Sequence
from typing import Any

from nijigen.training.listing import PROCESS, START, two_digits

WIDTH = 100  # columns of the figures and of what is said below them
LAPTOP_HEADING = "laptop: minutes on one core of a CPU"
DAY = 86400.0
# Up to so many seconds a time is said in the unit of so many.
UNITS = ((90.0, 1.0, "s"), (5400.0, 60.0, "min"), (2 * DAY, 3600.0, "h"), (730 * DAY, DAY, "days"))


def table_lines(rows: Sequence[dict[str, Any]], columns: int) -> list[str]:
    """A line of figures for each recipe, in groups; what it is for stands behind it where it fits, else below.

    Args:
        columns: of the terminal.
    """
    width = max(len(row["name"]) for row in rows)
    head = _line("", width, "family", "px", "images", "time here", "images/s", "G", "D", "memory")
    figures = [_figures(row, width) for row in rows]
    beside = max(len(line) + 2 + len(row["description"]) for line, row in zip(figures, rows, strict=True)) <= columns
    lines, group = [head], ""
    for line, row in zip(figures, rows, strict=True):
        if row["group"] != group:
            group = row["group"]
            lines += ["", LAPTOP_HEADING if group == "laptop" else group]
        lines += [f"{line}  {row['description']}"] if beside else [line, f"    {row['description']}"]
    return [*lines, "", *foot(rows)]


def foot(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What the columns mean, and how to begin."""
    on_gpu = all(row["memory_here"] == row["memory"] for row in rows)
    memory = (
        "on the GPU"
        if on_gpu
        else f"the whole process's while it trains, {PROCESS / 1e9:.1f} GB of which are Python and torch themselves"
    )
    speed = (
        "of this GPU, from the speed of a matrix product and what training reaches of it on a CPU: narrow networks "
        "stay far below it"
        if on_gpu
        else "of one core of this machine with nothing else to do; more cores help wide networks most"
    )
    return [
        line
        for text in (
            f"start here: nijigen train DATASET --recipe {START} (without --recipe it is dcgan-64)",
            "G, D: trainable parameters of the generator and of the discriminator, without labels",
            f"memory: {memory}; the data set comes on top",
            f"time: of the whole run (images: how many it sees); images/s: at the full resolution. Estimates {speed}; "
            "nijigen bench RECIPE measures.",
        )
        for line in textwrap.wrap(text, WIDTH, subsequent_indent="    ")
    ]


def about(seconds: float) -> str:
    """``35 s``, ``12 min``, ``5 h``, ``40 days`` or ``2 years``: no more digits than an estimate has."""
    for most, unit, name in UNITS:
        if seconds < most:
            return f"{two_digits(seconds / unit):.0f} {name}"
    return f"{two_digits(seconds / (365 * DAY)):,.0f} years"


def short(count: float) -> str:
    """``950``, ``40k``, ``8.4M``."""
    if count < 1e6:
        return f"{count / 1e3:.0f}k" if count >= 1e3 else f"{count:.0f}"
    return f"{count / 1e6:.3g}M"


def _figures(row: dict[str, Any], width: int) -> str:
    counts = (row[f"{role}_parameters"] for role in ("generator", "discriminator"))
    parameters = [f"{count / 1e6:.2f}M" if count else "-" for count in counts]
    rate, seconds = row["images_per_second"], row["seconds"]
    memory = f"{row['memory_here'] / 1e9:.1f} GB"
    time = "?" if seconds is None else f"≈ {about(seconds)}"
    speed = "?" if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    images = short(row["images"])
    return _line(row["name"], width, row["family"], str(row["resolution"]), images, time, speed, *parameters, memory)


def _line(name: str, width: int, family: str, *figures: str) -> str:
    widths = (4, 6, 10, 8, 6, 6, 7)
    right = "  ".join(f"{figure:>{columns}}" for figure, columns in zip(figures, widths, strict=True))
    return f"{name:{width}}  {family:13}  {right}".rstrip()
