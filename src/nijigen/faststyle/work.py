"""The work of ``nijigen style --fast``: files in, a painted file out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.engine.painters import OpenedPainter
from nijigen.faststyle.painting import paint_fast, steps
from nijigen.faststyle.settings import FastSettings
from nijigen.files import printable, write_bytes
from nijigen.images.output import encode
from nijigen.images.source import SourceType
from nijigen.progress import track
from nijigen.style.pictures import Opened, open_picture


@dataclass(frozen=True)
class FastJob:
    """Opened pictures, checked against what is asked of them."""

    content: Opened
    styles: list[Opened]
    settings: FastSettings
    notes: list[str] = field(default_factory=list)


def open_fast_job(content: Path, styles: Sequence[Path], settings: FastSettings) -> FastJob:
    """Read every picture.

    Raises:
        NijigenError: settings that do not fit, or a picture that cannot be used.
    """
    settings.check(len(styles))
    opened, others = open_picture(content), [open_picture(style) for style in styles]
    notes = [note for picture in (opened, *others) for note in picture.notes]
    if opened.certified:
        notes.append(f"{content}: its birth certificate stays with it, a painted picture has none")
    return FastJob(opened, others, settings, notes)


def paint_file_fast(painter: OpenedPainter, job: FastJob, out: Path, quiet: bool = False) -> dict[str, Any]:
    """Paint one picture and write it with the alpha and the EXIF block of its content; what was done, for a report.

    Raises:
        NijigenError: it does not fit into the format.
        OSError: the file cannot be written.
    """
    content, styles = job.content.image, [style.image for style in job.styles]
    with track(steps(content, job.settings), "painting", unit="tiles", quiet=quiet) as bar:
        made = paint_fast(painter, content, styles, job.settings, step=bar.advance)
    data, lost = encode(made, out.name, exif=job.content.exif, source=SourceType.EDITED)
    write_bytes(out, data)
    card = painter.card
    return {
        "out": printable(str(out)),
        "size": list(made.size),
        "model": {"name": card.get("name"), "family": card["family"], "digest": card["digest"]},
        "settings": job.settings.as_dict(),
        "notes": [*job.notes, *(f"{out}: {note}" for note in lost)],
    }
