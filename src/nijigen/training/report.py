"""``report.html``: curves and sample sheets of a run, for people; opens from disk, loads nothing from elsewhere."""

import html
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from nijigen.doctor.page import section
from nijigen.files import printable, write_text
from nijigen.training.examination import examine, read_case
from nijigen.training.metrics import METRICS_FILE, TIMING_FILE, read_lines
from nijigen.training.recipe import Recipe

WIDTH, HEIGHT, EDGE = 640, 200, 44
COLOURS = ("#e0568b", "#4a7de0", "#2aa583", "#c98a1a")
CHARTS = (
    ("Losses", "loss."),
    ("What the discriminator says (mean logit)", ("real", "fake", "smoothed", "grey")),
    ("Wasserstein estimate: falls as samples improve", "wasserstein"),
    ("Augmentation: its strength, and how often the discriminator is right on real pictures", ("augment.", "sign")),
    ("Translations, before weights", ("content", "style", "colour", "variation", "cycle", "identity", "adversarial")),
    ("Slope penalties, before their weights", ("r1", "r2", "gradient_penalty")),
    ("Path length: its running mean, and the penalty", "path_length"),
    ("Gradient norms", "gradient."),
    ("Labels that the classifier reads right: of real pictures, and of made ones as asked for", "labels."),
    ("Quick metric of samples: lower is better", "quick."),
    ("Resolution worked at", "resolution"),
)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em; color: #333; }
h1 { color: #c2386f; } table { border-collapse: collapse; } td { padding: .1em 1em .1em 0; vertical-align: top; }
figure { margin: 1.5em 0; } figcaption { font-weight: 600; } img { width: 100%; image-rendering: pixelated; }
svg { background: #fafafc; border: 1px solid #e4e4ee; max-width: 100%; } .sheets { display: grid; gap: 1em;
grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); } svg text { font-size: 11px; fill: #667; }
"""


def write_report(folder: Path, recipe: Recipe, datasets: Mapping[str, Mapping[str, Any]], caption: str = "") -> Path:
    """Write the report of a run from its metrics and sample sheets.

    Args:
        datasets: what is known of each data set, by what it is to the run.
        caption: what is to be seen on a sheet.
    """
    rows, timing = read_lines(folder / METRICS_FILE), read_lines(folder / TIMING_FILE)
    images = rows[-1]["images"] if rows else 0
    facts = {
        "recipe": f"{recipe.name} — {recipe.description}",
        "family": f"{recipe.family}, {recipe.resolution} px, {recipe.objective}",
        **_told(datasets),
        "images seen": f"{images:,} of {recipe.images:,}",
        "speed": _speed(timing),
    }
    for told in datasets.values():
        if told.get("skipped"):
            facts["skipped"] = told["skipped"]
    charts = "".join(_chart(title, rows, wanted) for title, wanted in CHARTS)
    sheets = sorted((p for p in (folder / "samples").glob("*.png") if p.stem.isdecimal()), key=lambda p: int(p.stem))
    newest = _figure(sheets[-1], f" ({caption})" if caption else "") if sheets else ""
    earlier = "".join(_figure(sheet) for sheet in reversed(sheets[:-1]))
    table = "".join(
        f"<tr><td>{html.escape(key)}</td><td>{html.escape(value)}</td></tr>" for key, value in facts.items()
    )
    name = html.escape(printable(folder.resolve().name))
    case = read_case(folder, recipe)
    doctor = section(case, examine(case)) if case.images else ""
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{STYLE}</style>'
        f"<h1>{name}</h1><table>{table}</table>{newest}{doctor}{charts}"
        f"<h2>Earlier</h2><div class='sheets'>{earlier}</div></html>"
    )
    return write_text(folder / "report.html", page)


def _told(datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Name, size, licence and origin of each data set."""
    found: dict[str, str] = {}
    for word, told in datasets.items():
        found[word] = f"{told.get('name')} — {told.get('count'):,} pictures, licence {told.get('licence')}"
        found["from" if len(datasets) == 1 else f"{word} from"] = str(told.get("provenance") or "unknown")
    return found


def _figure(sheet: Path, more: str = "") -> str:
    caption = f"After {int(sheet.stem):,} images{more}"
    return f"<figure><figcaption>{caption}</figcaption><img src='samples/{sheet.name}' alt='{caption}'></figure>"


def _speed(timing: list[dict[str, Any]]) -> str:
    # Seconds start at zero whenever a process takes over (``since``); only neighbours within one process are compared.
    pairs = [(a, b) for a, b in pairwise(timing) if a.get("since") == b.get("since")]
    seconds = sum(b["seconds"] - a["seconds"] for a, b in pairs)
    if not seconds:
        return "not measured yet"
    return f"{sum(b['images'] - a['images'] for a, b in pairs) / seconds:,.1f} images/s"


def _chart(title: str, rows: list[dict[str, Any]], wanted: str | tuple[str, ...]) -> str:
    names = sorted({key for row in rows for key in row if key.startswith(wanted)})
    points = {name: [(row["images"], row[name]) for row in rows if name in row] for name in names}
    values = [value for line in points.values() for _, value in line]
    if len(rows) < 2 or not values:
        return ""
    low, high = min(values), max(values)
    span, end = (high - low) or 1.0, max(row["images"] for row in rows)

    def place(images: float, value: float) -> str:
        x = EDGE + (WIDTH - EDGE - 10) * images / end
        return f"{x:.1f},{10 + (HEIGHT - 34) * (high - value) / span:.1f}"

    lines = "".join(
        f'<polyline fill="none" stroke="{COLOURS[i % 4]}" stroke-width="1.6" points="'
        f'{" ".join(place(*point) for point in points[name])}"/>'
        f'<text x="{EDGE + 8 + 190 * i}" y="{HEIGHT - 6}" style="fill:{COLOURS[i % 4]}">{html.escape(name)}</text>'
        for i, name in enumerate(names)
    )
    scale = f'<text x="4" y="18">{high:.3g}</text><text x="4" y="{HEIGHT - 26}">{low:.3g}</text>'
    end_label = f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">{end:,} images</text>'
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img">{lines}{scale}{end_label}</svg>'
    return f"<figure><figcaption>{html.escape(title)}</figcaption>{svg}</figure>"
