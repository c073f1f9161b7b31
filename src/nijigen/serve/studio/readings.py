"""What was read of a face, and how surely, in the page's language."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from nijigen.avatarizing.reading import Reading
from nijigen.avatarizing.wishes import MOST_SURE
from nijigen.serve.studio.speech import known_language, word, words
from nijigen.vocabulary import display

NAMES = {"hair_color": "hair_color", "skin_tone": "skin_tone"}  # readings whose words are the vocabulary's


@dataclass(frozen=True)
class Read:
    """What came of looking at a face.

    Attributes:
        readings: see :mod:`nijigen.avatarizing.reading`.
        face: the address of the face's picture.
        several: more faces were found than this one.
        asked: the gender was said.
    """

    readings: Sequence[Reading]
    face: str
    several: bool
    asked: bool


def readings_html(read: Read, language: object) -> str:
    """A list with a meter a reading, beside the face that was read; and what never is."""
    rows = "".join(_row(reading, language) for reading in read.readings)
    notes = [word(language, "photo.largest")] if read.several else []
    notes.append(word(language, "photo.gender_said" if read.asked else "photo.gender_never"))
    lines = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    alt = html.escape(word(language, "photo.face"))
    picture = f'<img src="{html.escape(read.face)}" alt="{alt}" width="128" height="128">'
    title = html.escape(word(language, "photo.read"))
    return f'<h3>{title}</h3><div class="nj-reading">{picture}<dl>{rows}</dl></div>{lines}'


def said_of(reading: Reading, language: object) -> str:
    """What a reading says, or why it says nothing."""
    spoken = known_language(language)
    if not reading.told:
        known = {entry["en"]: entry for key, entry in words().items() if key.startswith("unread.")}
        reason = known.get(reading.reason)
        return reason[spoken] if reason else word(spoken, "photo.unread")
    if reading.name in NAMES:
        either = [display(NAMES[reading.name], value, spoken) for value in reading.words]
    else:
        either = [word(spoken, f"photo.{reading.name}_{value}") for value in reading.words]
    return word(spoken, "photo.or").join(either)


def _row(reading: Reading, language: object) -> str:
    name = html.escape(word(language, f"photo.{reading.name}"))
    said = html.escape(said_of(reading, language))
    if not reading.told:
        return f'<div class="nj-unread"><dt>{name}</dt><dd>{said}</dd></div>'
    share = reading.confidence or 0.0
    percent = round(share * 100)
    sure = word(language, "photo.very_sure") if share >= MOST_SURE else word(language, "photo.sure", percent=percent)
    meter = f'<span class="nj-meter" aria-hidden="true"><span style="width:{percent}%"></span></span>'
    surely = f'<span class="nj-sure">{html.escape(sure)}</span>'
    return f"<div><dt>{name}</dt><dd><strong>{said}</strong> {surely}{meter}</dd></div>"
