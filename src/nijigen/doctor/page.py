"""A diagnosis for people: a section of ``report.html``, and lines for the terminal."""

import html

from nijigen.doctor import words
from nijigen.doctor.case import Case
from nijigen.doctor.finding import Diagnosis, Finding
from nijigen.doctor.plot import blocks, panels, svg
from nijigen.doctor.words import LANGUAGES, Language


def section(case: Case, diagnosis: Diagnosis) -> str:
    """The section of the report, in both languages, with the evidence drawn."""
    title = " · ".join(words.page("title", language) for language in LANGUAGES)
    parts = [f"<h2 id='doctor'>{html.escape(title)}</h2>"]
    for finding in diagnosis.findings:
        parts.append(f"<figure>{''.join(_told(finding, language) for language in LANGUAGES)}")
        parts.append(f"{svg(case, finding.sign)}</figure>")
    if not diagnosis.findings:
        parts.append(_both("p", "healthy"))
    for language in LANGUAGES:
        told = unknown_line(diagnosis, language)
        parts.append(f"<p lang='{language}'><small>{html.escape(told)}</small></p>" if told else "")
    parts.append(_both("p", "how") if diagnosis.findings else "")
    return "".join(parts)


def _told(finding: Finding, language: Language) -> str:
    changes = [words.change(change, language) for change in finding.changes]
    items = "".join(f"<li><code>{html.escape(flags)}</code> — {html.escape(cost)}</li>" for flags, cost in changes)
    seen = html.escape(words.seen(finding, language))
    name = html.escape(words.named(finding, language))
    return f"<div lang='{language}'><p><strong>{name}</strong></p><p>{seen}</p><ul>{items}</ul></div>"


def _both(tag: str, key: str) -> str:
    return "".join(
        f"<{tag} lang='{language}'>{html.escape(words.page(key, language))}</{tag}>" for language in LANGUAGES
    )


def line(finding: Finding, images: int) -> str:
    """A finding in one line, for the run that goes on: what it is, how sure, what was seen, what to try first."""
    first = f" Try {words.change(finding.changes[0], 'en')[0]}" if finding.changes else ""
    return f"{images:,} images: {words.named(finding, 'en')}. {words.seen(finding, 'en')}{first}"


def lines(case: Case, diagnosis: Diagnosis, language: Language) -> list[tuple[str, str]]:
    """The diagnosis as (style, text) for the terminal: title, name, seen, evidence, change, note."""
    told = [("note", words.page("looked", language, images=diagnosis.images))]
    for finding in diagnosis.findings:
        told.append(("name", words.named(finding, language)))
        told.append(("seen", words.seen(finding, language)))
        told += [
            ("evidence", f"{curve.name:18} {blocks(series)} {series.values[0]:.3g} → {series.last(1):.3g}")
            for panel in panels(case, finding.sign)
            for curve, series in panel
        ]
        for change in finding.changes:
            flags, cost = words.change(change, language)
            told += [("change", flags), ("cost", cost)]
    if not diagnosis.findings:
        told.append(("name", words.page("healthy", language)))
    if unknown := unknown_line(diagnosis, language):
        told.append(("note", unknown))
    if diagnosis.findings:
        told.append(("note", words.page("how", language)))
    return told


def unknown_line(diagnosis: Diagnosis, language: Language) -> str:
    """What cannot be told, and why, in one line; empty where all can be."""
    by_reason: dict[str, list[str]] = {}
    for name, key in diagnosis.unknown.items():
        if key not in ("no_labels", "no_augmentation"):  # without labels none are ignored: nothing is missing
            by_reason.setdefault(key, []).append(words.illness(name, language))
    comma, colon, end = ("、", "：", "；") if language == "zh" else (", ", ": ", "; ")
    reasons = [f"{comma.join(names)} ({words.why(key, language)})" for key, names in by_reason.items()]
    return words.page("unknown", language) + colon + end.join(reasons) if reasons else ""
