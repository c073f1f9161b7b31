"""From measures to reasons: which pictures are left out, and by how much.

>>> from PIL import Image
>>> from nijigen.data.audit import judge, load_thresholds, measure
>>> page = Image.new("RGB", (96, 96), "white")
>>> judge(measure(page, page), load_thresholds())[0]
Reason(name='flat', detail='contrast 0 is not above 0.012')
"""

import math
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path

from nijigen.data.audit.measures import Glance, Measures
from nijigen.errors import NijigenError, did_you_mean

DEFAULTS = Path(__file__).with_name("thresholds.toml")
# In the order in which they are looked for: the first reason of a picture is the one it is dropped for.
REASONS = ("flat", "tiny", "dark", "washed_out", "line_art", "text", "grey", "upscaled", "blurred", "not_a_face")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a picture should be left out: a word of :data:`REASONS`, and the measure that says so."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of ``thresholds.toml``: ``[dark] upper`` is ``dark_upper``."""

    flat_contrast: float
    tiny_content: float
    tiny_pixels: float
    dark_upper: float
    dark_high: float
    washed_out_ratio: float
    grey_vivid: float
    grey_colour: float
    grey_tint: float
    line_art_vivid: float
    line_art_paper: float
    line_art_paper_luma: float
    line_art_solid: float
    text_lines: float
    text_paper: float
    upscaled_resolution: float
    blurred_sharpness: float
    not_a_face_score: float


def load_thresholds(path: str | Path | None = None) -> Thresholds:
    """The thresholds that come with nijigen, or those with what a TOML file of one's own changes.

    Raises:
        NijigenError: the file is missing, no TOML, or has a name or value that is not understood.
    """
    base = Thresholds(**_read(DEFAULTS))
    return base if path is None else replace(base, **_read(Path(path)))


def judge(measures: Measures | Glance, thresholds: Thresholds, face_score: float | None = None) -> list[Reason]:
    """All reasons to leave a picture out, in the order of :data:`REASONS`; none for a good one.

    A picture in which nothing is to be seen is ``flat`` and nothing else.

    Args:
        face_score: what a face detector made of it, 0 where it found no face; None where none looked, and then
            ``not_a_face`` is not judged: no measure here tells a face from a skirt.
    """
    m, t = measures, thresholds
    if m.contrast <= t.flat_contrast:
        return [Reason("flat", f"contrast {m.contrast:.3g} is not above {t.flat_contrast:g}")]
    # What costs least is asked first, and the rest only where it still decides: a Glance has then less to measure.
    found = []
    if m.content <= t.tiny_content:
        found.append(Reason("tiny", f"what is drawn takes up {m.content:.0%} of the side"))
    elif m.content * m.side / m.target < t.tiny_pixels:
        pixels = m.content * m.side / m.target
        found.append(Reason("tiny", f"{pixels:.2f} pixels of the source for one of {m.target}"))
    if m.high <= t.dark_high and m.upper <= t.dark_upper:
        found.append(Reason("dark", f"three quarters of its middle are darker than {m.upper:.2f}"))
    ratio = m.low / m.high if m.high > 0 else 0.0
    if ratio >= t.washed_out_ratio:
        found.append(Reason("washed_out", f"the darkest is {ratio:.0%} as light as the lightest"))
    light_paper = m.paper >= t.line_art_paper and m.paper_luma >= t.line_art_paper_luma
    if light_paper and m.vivid <= t.line_art_vivid and m.solid <= t.line_art_solid:
        found.append(Reason("line_art", f"{m.paper:.0%} of it are paper, {1 - m.solid:.0%} of the rest strokes"))
    if m.paper >= t.text_paper and m.text_lines >= t.text_lines:
        found.append(Reason("text", f"{m.text_lines:.0f} lines of writing"))
    if m.colour <= t.grey_colour and m.vivid <= t.grey_vivid:
        found.append(Reason("grey", f"nine tenths of it are within {m.vivid:.3f} of grey"))
    elif m.colour <= t.grey_tint * m.chroma:
        found.append(Reason("grey", f"its colours are within {m.colour / max(m.chroma, 1e-9):.0%} of one tint"))
    # The source is looked at only where the fitted picture does not clear itself.
    if m.resolution_fitted <= t.upscaled_resolution and m.resolution <= t.upscaled_resolution:
        found.append(Reason("upscaled", f"{m.resolution:.2f} real pixels for one of {m.target}"))
    if m.sharpness <= t.blurred_sharpness:
        found.append(Reason("blurred", f"sharpness {m.sharpness:.3f}"))
    if face_score is not None and face_score <= t.not_a_face_score:
        found.append(Reason("not_a_face", f"face score {face_score}"))
    return found


def _read(path: Path) -> dict[str, float]:
    """``{"dark_upper": 0.3}`` of a file with ``[dark]`` and ``upper = 0.3``."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NijigenError(f"cannot read the thresholds {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NijigenError(f"the thresholds {path} are no TOML: {error}") from None
    known = {field.name for field in fields(Thresholds)}
    found: dict[str, float] = {}
    for reason, table in tables.items():
        if reason not in REASONS or not isinstance(table, dict):
            hint = did_you_mean(reason, REASONS)
            raise NijigenError(f"{path}: [{reason}] is no reason{hint}; there are {', '.join(REASONS)}")
        for key, value in table.items():
            if f"{reason}_{key}" not in known:
                names = [name.removeprefix(f"{reason}_") for name in sorted(known) if name.startswith(f"{reason}_")]
                raise NijigenError(f"{path}: [{reason}] {key} is not known; use {', '.join(names)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise NijigenError(f"{path}: [{reason}] {key} must be a number, not {value!r}")
            found[f"{reason}_{key}"] = float(value)
    return found
