"""The work on each picture. Imports no torch, so a worker process starts in a moment."""

import errno
import hashlib
import io
from dataclasses import dataclass, field, replace

from PIL import Image

from nijigen.data.audit import Glance, Thresholds, judge, load_thresholds
from nijigen.data.chibi import ChibiSource
from nijigen.data.choices import Choices
from nijigen.data.facts import Facts
from nijigen.data.near import fingerprint
from nijigen.data.rights import notes_of
from nijigen.data.sources import Entry, Source
from nijigen.errors import NijigenError
from nijigen.images.content import ContentFilter, open_filter
from nijigen.images.decode import MAX_BYTES, SOURCE_SIZE, PictureError, decode, upright_box
from nijigen.images.faces.finder import FaceFinder
from nijigen.images.resize import Shape, square
from nijigen.images.swift_png import encode_swiftly
from nijigen.schema import Labels

# What a JPEG may carry beside its pixels and still be kept byte for byte; anything else (EXIF, comments, profiles) may
# be private or change its colours, so the picture is written anew.
PLAIN_JPEG = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform",
                        "progressive", "progression", SOURCE_SIZE})  # fmt: skip


SMALLEST_FACE = 24  # pixels: the cascades know none that are smaller
SOURCE = "source"  # the part that is the whole picture of the file


@dataclass(frozen=True)
class Work:
    """What is done to every picture of a source.

    Attributes:
        thresholds: what is junk; None: nothing is judged.
        content: what looks for unwanted pictures; None: nothing does.
        faces: how faces are cut out; None: pictures stay whole.
        search: whether faces are looked for where the source has no boxes.
    """

    source: Source | ChibiSource
    size: int
    channels: int
    shape: Shape
    min_size: int
    thresholds: Thresholds | None = None
    content: ContentFilter | None = None
    faces: FaceFinder | None = None
    search: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished picture, or the reason why there is none (``reason`` not empty).

    Attributes:
        part: what its name has after that of its file, where a file gives several pictures: ``#1``.
        labels: what is known of it beyond what the source says of the file.
        notes: licence and source, where they are its own.
        judged: why it should not be learned from, the weightiest first; it is finished all the same.
        mark: what nearly equal pictures share (see ``data/near.py``).
    """

    suffix: str = ""
    data: bytes = b""
    file_digest: bytes = b""
    pixel_digest: bytes = b""
    labels: Labels | None = None
    reason: str = ""
    detail: str = ""
    part: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    judged: tuple[str, ...] = ()
    mark: str = ""


def process(task: tuple[Work, list[tuple[Entry, Facts]]]) -> list[list[Outcome]]:
    """A few files in a row, each with the pictures it gives; the unit that is sent to a worker."""
    work, entries = task
    return [_process_one(work, entry, facts) for entry, facts in entries]


def work_of(place: Source | ChibiSource, choices: Choices) -> Work:
    """What was chosen, as the workers need it.

    Raises:
        NijigenError: thresholds that cannot be read, or a face detector that cannot be opened.
    """
    plain = Work(place, choices.size, choices.channels, choices.shape, choices.shortest)
    if isinstance(place, ChibiSource):
        if choices.filter is not None:
            raise NijigenError("--filter does not go with chibi:N: our drawings show nothing that it looks for")
        if choices.faces not in (None, "off"):
            raise NijigenError("--faces does not go with chibi:N: our drawings show one face each")
        return plain
    thresholds = load_thresholds(choices.thresholds) if choices.junk else None
    content = None if choices.filter is None else open_filter(choices.filter, choices.filter_least)
    faces, search = None, choices.faces not in (None, "off")
    if choices.faces != "off":
        least = max(SMALLEST_FACE, choices.size // 2) if choices.least is None else choices.least
        # What the source has boxes of counts whatever its size: too small is not the same as no face.
        finder = FaceFinder(choices.faces or "auto", least=least if search else 1)
        faces = finder if choices.margin is None else replace(finder, margin=choices.margin)
    if faces is not None and search:
        faces.check()
    return replace(plain, thresholds=thresholds, content=content, faces=faces, search=search)


def _process_one(work: Work, entry: Entry, facts: Facts) -> list[Outcome]:
    if isinstance(work.source, ChibiSource):
        image, labels = work.source.draw(entry, work.size, work.channels)
        data = encode(image)
        return [Outcome("png", data, digest(data), pixel_digest(image), labels)]
    if entry.size > MAX_BYTES:
        return [Outcome(reason="too_large", detail=f"the file has more than {MAX_BYTES >> 20} MiB")]
    try:
        data = work.source.read(entry, MAX_BYTES + 1)
    except (PermissionError, FileNotFoundError) as error:
        return [Outcome(reason="unreadable", detail=error.strerror or "")]
    except ValueError as error:
        return [Outcome(reason="corrupt", detail=str(error))]
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself
            return [Outcome(reason="unreadable", detail=error.strerror or "")]
        # A lost disk or network drive must not turn into thousands of dropped pictures.
        raise NijigenError(f"cannot read {entry.name}: {error.strerror or error}; run again to go on") from None
    cutting = work.faces is not None and (work.search or bool(facts.boxes))
    try:
        # Boxes are in pixels of the whole picture, and small faces need them all.
        seen = work.content.side if work.content is not None else 0
        image = decode(data, near=None if cutting else max(work.size, work.min_size, seen))
    except PictureError as error:
        return [Outcome(reason=error.reason, detail=str(error))]
    if not cutting or work.faces is None:
        return [_finish(work, image, facts, data, SOURCE)]
    found = work.faces.cut(image, work.shape, [upright_box(box, image) for box in facts.boxes])
    if not found:
        return [_finish(work, image, facts, data, SOURCE, ("not_a_face",))]
    if len(found) == 1 and found[0] is image:  # a face already, cut out by someone else
        return [_finish(work, image, facts, data, SOURCE)]
    only = len(facts.boxes) == 1  # then the entry is that face, and named after it
    return [_finish(work, face, facts, data, "" if only else f"#{n}") for n, face in enumerate(found, 1)]


def _finish(
    work: Work, image: Image.Image, facts: Facts, data: bytes, part: str, judged: tuple[str, ...] = ()
) -> Outcome:
    """One picture, whole (``part`` is SOURCE) or cut out of a file, as it is stored."""
    whole = part == SOURCE
    part = "" if whole else part
    if min(image.size) < work.min_size:
        return Outcome(reason="too_small", detail=f"{image.width}x{image.height}", part=part)
    notes = {"size": image.info[SOURCE_SIZE] if whole else f"{image.width}x{image.height}"}
    notes |= notes_of(facts)
    pixels, fitted = pixel_digest(image), square(image, work.size, work.channels, work.shape)
    detail = mark = ""
    if work.content is not None and (unwanted := work.content.score(image)) >= work.content.least:
        judged, detail = ("filtered", *judged), f"the filter says {unwanted:.3f}"
    if work.thresholds is not None:
        reasons = judge(Glance(image, fitted, work.shape), work.thresholds)
        detail = reasons[0].detail if reasons and not judged else detail
        judged += tuple(dict.fromkeys(reason.name for reason in reasons))
        mark = fingerprint(fitted).to_text()
    kept = whole and _keeps_bytes(image, fitted, data)
    return Outcome(
        suffix="jpg" if kept else "png",
        data=data if kept else encode_swiftly(fitted),
        # Faces of one file are no duplicates of each other.
        file_digest=digest(data) if whole else pixels,
        pixel_digest=pixels,
        part=part,
        notes=notes,
        judged=judged,
        detail=detail,
        mark=mark,
    )


def _keeps_bytes(image: Image.Image, fitted: Image.Image, data: bytes) -> bool:
    """Whether the file itself can be stored: a plain JPEG that fits already and carries nothing beside its pixels."""
    unchanged = image.format == "JPEG" and image.size == fitted.size
    return unchanged and PLAIN_JPEG.issuperset(image.info) and len(data) <= 3 * image.width * image.height


def encode(image: Image.Image) -> bytes:
    """A small PNG of a drawing: its flat colours are worth looking for repeated strings."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def digest(data: bytes) -> bytes:
    """16 bytes that stand for ``data``."""
    return hashlib.blake2b(data, digest_size=16).digest()


def pixel_digest(image: Image.Image) -> bytes:
    """16 bytes that stand for size, mode and pixels."""
    total = hashlib.blake2b(f"{image.mode} {image.width} {image.height} ".encode(), digest_size=16)
    total.update(image.tobytes())
    return total.digest()
