"""``report.html`` of a data set, for people: opens from disk, loads nothing from elsewhere."""

import base64
import html
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nijigen.data.findings import Findings
from nijigen.data.shards import Sample
from nijigen.files import write_text

REPORT_FILE = "report.html"
MOST_VALUES, MOST_MISSING, MOST_NAMES = 24, 40, 12
WORDS = {
    "exact_duplicate": "the same bytes or pixels as another picture",
    "near_duplicate": "nearly the same as another picture",
    "filtered": "unwanted, says the content filter (look at one by pointing at it)",
    "blurred": "blurred",
    "upscaled": "enlarged from a smaller picture",
    "grey": "nearly without colour",
    "dark": "very dark",
    "washed_out": "washed out",
    "line_art": "line art",
    "text": "text",
    "flat": "hardly anything in it",
    "not_a_face": "no face found",
    "tiny": "too little of the picture is drawn on",
    "unreadable": "could not be read",
    "banned": "its maker asked for its removal",
    "deleted": "taken down by its site",
    "licence": "not licensed as asked for",
    "no_face": "no annotated face",
    "broken_box": "a face whose box is wrong",
    "broken_line": "a broken line of metadata",
    "too_small": "too small",
    "too_large": "too large",
    "corrupt": "damaged",
    "empty": "empty file",
    "unsupported": "a format that is not read",
    "missing": "named by a table, but not there",
    "unsafe_path": "a name or link that leads out of the source",
    "rating": "rating not asked for",
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em; color: #333; }
h1, h2 { color: #c2386f; } table { border-collapse: collapse; } td, th { padding: .1em 1em .1em 0; text-align: left;
vertical-align: top; } .grid { display: flex; flex-wrap: wrap; gap: 4px; } .grid img { width: 64px; height: 64px;
image-rendering: pixelated; background: #eee; } .bar { background: #e0568b; height: .8em; display: inline-block;
border-radius: 2px; vertical-align: middle; } .muted { color: #889; } code { background: #f4f4f8; padding: 0 .3em; }
details { margin: .5em 0; } .columns { columns: 2; } .columns section { break-inside: avoid; }
.columns h3 { margin-top: 0; } .named figure { margin: 0 4px 4px 0; width: 96px; } figcaption { font-size: 11px;
line-height: 1.2; overflow-wrap: anywhere; color: #667; } svg { background: #fafafc; border: 1px solid #e4e4ee; }
.veiled img { filter: blur(9px); } .veiled img:hover { filter: none; }
"""


def write_report(path: Path, found: Findings) -> Path:
    """Write the report; returns its path."""
    return write_text(path, page(found))


def page(found: Findings) -> str:
    """The report as one HTML page."""
    name = html.escape(found.name)
    kind = "RGBA" if found.channels == 4 else "RGB"
    facts = {
        "pictures": f"{found.count:,}, {found.resolution}×{found.resolution} {kind}",
        "labelled": f"{found.labelled:,}",
        "source": found.facts.get("source", "unknown"),
        "from": found.facts.get("provenance", "unknown"),
        "licence": found.facts.get("licence", "unknown"),
        "filter": found.facts.get("filter", ""),
        "digest": found.facts.get("digest", ""),
    }
    table = "".join(f"<tr><td>{key}</td><td>{html.escape(value)}</td></tr>" for key, value in facts.items() if value)
    parts = [
        f"<h1>{name}</h1><table>{table}</table>",
        f"<h2>Pictures</h2>{_grid(found.kept)}",
        _dropped(found),
        _labels(found),
        _sizes(found.sizes),
        _colours(found.colours),
        _own("Licences of single pictures", found.licences),
        _own("Sources of single pictures", found.sources),
    ]
    body = "".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{STYLE}</style>{body}</html>'
    )


def _dropped(found: Findings) -> str:
    if not found.reasons:
        return "<h2>Left out</h2><p>Nothing.</p>"
    parts = ["<h2>Left out</h2>"]
    for reason, (count, names) in sorted(found.reasons.items(), key=lambda item: -item[1][0]):
        shown = found.dropped.get(reason, [])
        parts.append(f"<h3>{count:,} {html.escape(WORDS.get(reason, reason))} <code>{html.escape(reason)}</code></h3>")
        if shown:
            some = f" ({len(shown)} of them)" if len(shown) < count else ""
            parts.append(_grid(shown, veiled=reason == "filtered", named=True))
            back = f"<code>--keep-reason {html.escape(reason)}</code>"
            parts.append(
                f"<p class=muted>Take all back{some}: run prepare again with {back}; one: <code>--keep NAME</code></p>"
            )
        else:
            rest = f" and {count - MOST_NAMES:,} more" if count > MOST_NAMES else ""
            listed = ", ".join(html.escape(name) for name in names[:MOST_NAMES])
            parts.append(f"<p class=muted>{listed}{rest} (all in dropped.jsonl)</p>")
    return "".join(parts)


def _labels(found: Findings) -> str:
    if not found.counts:
        return "<h2>Labels</h2><p>None: models will be unconditional.</p>"
    parts = [f"<h2>Labels</h2><p>{found.labelled:,} of {found.count:,} pictures are labelled.</p><div class=columns>"]
    for name, values in found.counts.items():
        parts.append(f"<section><h3>{html.escape(name)}</h3>{_bars(values)}</section>")
    parts.append("</div>")
    if found.lopsided:
        parts.append("<h3>Uneven</h3><ul>")
        for name, common, rare in found.lopsided:
            name, common, rare = (html.escape(word) for word in (name, common, rare))
            parts.append(
                f"<li>{name}: {common}, but {rare}. Train with <code>--set pictures.balance={name}</code></li>"
            )
        parts.append("</ul>")
    if found.missing:
        rest = f"<li>and {len(found.missing) - MOST_MISSING:,} more</li>" if len(found.missing) > MOST_MISSING else ""
        rows = "".join(
            f"<li>{html.escape(first)} with {html.escape(second)} <span class=muted>(about {expected:.0f} expected)"
            "</span></li>"
            for first, second, expected in found.missing[:MOST_MISSING]
        )
        parts.append(f"<details><summary>{len(found.missing):,} combinations that no picture has</summary>")
        parts.append(f"<ul>{rows}{rest}</ul></details>")
    return "".join(parts)


def _bars(values: dict[str, Any]) -> str:
    if "lowest" in values:
        return f"<p>{values['labelled']:,} pictures, {values['lowest']:g} to {values['highest']:g}</p>"
    ordered = sorted(values.items(), key=lambda pair: -pair[1])
    most = max(1, ordered[0][1])
    rows = "".join(
        f"<tr><td>{html.escape(value)}</td><td>{count:,}</td>"
        f'<td><span class=bar style="width:{max(1, round(140 * count / most))}px"></span></td></tr>'
        for value, count in ordered[:MOST_VALUES]
    )
    more = f"<tr><td class=muted>and {len(ordered) - MOST_VALUES} more</td></tr>" if len(ordered) > MOST_VALUES else ""
    return f"<table>{rows}{more}</table>"


def _sizes(sizes: Counter[str]) -> str:
    if not sizes:
        return ""
    rows = "".join(f"<tr><td>{html.escape(size)}</td><td>{count:,}</td></tr>" for size, count in sizes.most_common(12))
    more = f"<p class=muted>and {len(sizes) - 12:,} other sizes</p>" if len(sizes) > 12 else ""
    return f"<h2>Sizes in the source</h2><table>{rows}</table>{more}"


def _colours(colours: dict[str, list[int]]) -> str:
    if not any(any(bins) for bins in colours.values()):
        return ""
    charts = []
    for name, bins in colours.items():
        most = max(bins)
        bars = "".join(
            f'<rect x="{4 + 16 * place}" y="{84 - 80 * count / most:.1f}" width="14" height="{80 * count / most:.1f}" '
            f'fill="#4a7de0"><title>{count:,}</title></rect>'
            for place, count in enumerate(bins)
        )
        charts.append(
            f'<figure><svg width="264" height="88" role="img">{bars}</svg><figcaption>{name}</figcaption></figure>'
        )
    return f'<h2>Colours</h2><div class="grid">{"".join(charts)}</div><p class=muted>From 0 (left) to 1.</p>'


def _own(title: str, counter: Counter[str]) -> str:
    if not counter:
        return ""
    rows = "".join(f"<tr><td>{html.escape(word)}</td><td>{n:,}</td></tr>" for word, n in counter.most_common(12))
    return f"<h2>{title}</h2><table>{rows}</table>"


def _grid(samples: Iterable[Sample], veiled: bool = False, named: bool = False) -> str:
    """Thumbnails; ``named``: each with the name that ``--keep`` takes below it."""
    pictures = "".join(_named(sample) if named else _picture(sample) for sample in samples)
    kinds = "".join(f" {kind}" for kind, wanted in (("veiled", veiled), ("named", named)) if wanted)
    return f'<div class="grid{kinds}">{pictures}</div>'


def _named(sample: Sample) -> str:
    return f"<figure>{_picture(sample)}<figcaption>{html.escape(sample.file)}</figcaption></figure>"


def _picture(sample: Sample) -> str:
    return (
        f'<img src="data:image/{"jpeg" if sample.suffix == "jpg" else sample.suffix};base64,'
        f'{base64.b64encode(sample.data).decode()}" alt="{html.escape(sample.file)}" title="{_title(sample)}">'
    )


def _title(sample: Sample) -> str:
    words = ", ".join(f"{name}={value}" for name, value in sample.labels.items())
    return html.escape(f"{sample.file}: {words}" if words else sample.file, quote=True)
