"""The verb ``draw``: avatars from seeds and words, with birth certificates; and the same drawing again from one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nijigen.avatar import Avatar, Avatars, Certificate, save_each
from nijigen.errors import NijigenError
from nijigen.files import write_bytes
from nijigen.illustrator import SCHEMA, Character, compose, draw_many
from nijigen.illustrator.character import illustrator_version
from nijigen.illustrator.render import check_size, pixels
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels
from nijigen.images.source import SourceType
from nijigen.progress import track
from nijigen.schema import Labels
from nijigen.seeds import SEED_LIMIT, seed_number

MAX_COUNT = 10_000_000
CALM, BLINK = {"kind": "calm"}, {"kind": "blink"}  # what can be done to a drawing and is in none of its words


def draw(
    count: int = 1,
    seed: int | str = 0,
    size: int = 256,
    *,
    transparent: bool = False,
    sweep: str | None = None,
    workers: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    avoid: Mapping[str, Any] | None = None,
    **words: Any,
) -> Avatars:
    """Draw avatars. Number ``i`` has the seed ``seed + i``; attributes not given follow from the seed.

    Args:
        size: pixels a side, 8 to 4096.
        transparent: RGBA without background instead of RGB.
        sweep: draw one person with every value of this attribute instead of ``count`` persons.
        attributes: words of the schema, in English, 中文 or 日本語; the same as keyword arguments.
        avoid: values that must not be drawn for attributes that are not given: ``{"accessory": ["glasses"]}``.

    Raises:
        NijigenError: a wrong word, or a count or size out of range.
    """
    wanted = SCHEMA.normalize({**(attributes or {}), **words})
    return Avatars(list(_avatars(count, seed, size, wanted, transparent, sweep, workers, avoid)))


def draw_to_folder(
    out: Path,
    count: int,
    seed: int | str,
    size: int,
    attributes: Labels,
    kind: str = "png",
    transparent: bool = False,
    sheet: bool = False,
    sweep: str | None = None,
    *,
    avoid: Mapping[str, Any] | None = None,
    workers: int | None = None,
    quiet: bool = False,
) -> list[Path]:
    """Draw into a folder, file by file; returns the paths, the sheet last.

    Raises:
        NijigenError: a wrong word or format, or a count or size out of range.
    """
    if kind not in ("png", "webp", "svg"):
        raise NijigenError(f"--format {kind}: use png, webp or svg")
    total = len(SCHEMA[sweep].values) if sweep is not None else count
    if kind != "svg":
        avatars = _avatars(count, seed, size, attributes, transparent, sweep, workers, avoid)

        def stems(index: int, avatar: Avatar) -> str:
            return _stem(index, avatar, sweep)

        return save_each(avatars, total, out, stems=stems, sheet=sheet, quiet=quiet, kind=kind)
    paths: list[Path] = []
    with track(total, "avatars", unit="avatars", quiet=quiet) as bar:
        for index, character in enumerate(_characters(count, seed, size, attributes, sweep, avoid)):
            text = character.svg(size, transparent)
            paths.append(write_bytes(out / f"{_stem(index, character, sweep)}.svg", text.encode(), durable=False))
            bar.advance()
    if sheet:
        shown = Avatars(list(_avatars(count, seed, size, attributes, transparent, sweep, workers, avoid)))
        paths.append(write_png(out / "sheet.png", shown.sheet(), source=SourceType.ALGORITHMIC))
    return paths


def redraw(certificate: Certificate) -> tuple[Pixels, Certificate]:
    """The pixels of a drawing's certificate, and what draws them here: ``illustrator`` and ``engine``.

    Raises:
        NijigenError: the certificate is incomplete.
    """
    character = read_character(certificate)
    try:
        size, channels = int(certificate["size"]), int(certificate["channels"])
        _check(1, size)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NijigenError(f"the birth certificate is damaged: {error}") from None
    return character.render(size, channels), {"illustrator": illustrator_version(character.calm), "engine": renderer()}


def read_character(certificate: Certificate) -> Character:
    """The person of a drawing's certificate.

    Raises:
        NijigenError: the certificate is incomplete, or of a newer nijigen.
    """
    try:
        character = compose(int(certificate["seed"]), SCHEMA.normalize(certificate["attributes"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NijigenError(f"the birth certificate is damaged: {error}") from None
    edits = certificate.get("edits") or []
    if edits not in ([], [CALM], [BLINK], [CALM, BLINK]):
        raise NijigenError("the birth certificate is damaged or of a newer nijigen: its edits are none of a drawing's")
    return replace(character, calm=CALM in edits, blink=BLINK in edits)


def renderer() -> str:
    """The program that turns the drawing into pixels, and its version."""
    import resvg_py

    return f"resvg {resvg_py.__resvg_version__}"


def _avatars(
    count: int,
    seed: int | str,
    size: int,
    wanted: Labels,
    transparent: bool,
    sweep: str | None,
    workers: int | None,
    avoid: Mapping[str, Any] | None,
) -> Iterator[Avatar]:
    channels = 4 if transparent else 3
    if sweep is not None:
        for character in _characters(count, seed, size, wanted, sweep, avoid):
            yield to_avatar(character, character.render(size, channels))
        return
    _check(count, size)
    for _, character, data in draw_many(count, seed, size, channels, wanted, workers, avoid):
        yield to_avatar(character, pixels(data, channels))


def _characters(
    count: int, seed: int | str, size: int, wanted: Labels, sweep: str | None, avoid: Mapping[str, Any] | None
) -> Iterator[Character]:
    _check(count, size)
    first = seed_number(seed)
    if sweep is None:
        for index in range(count):
            yield compose((first + index) % SEED_LIMIT, wanted, avoid)
        return
    attribute = SCHEMA[sweep]
    if attribute.continuous:
        raise NijigenError(f"--sweep {attribute.name}: it is a number; sweep an attribute with words")
    person = compose(first, wanted, avoid)
    for value in attribute.values:
        yield person.with_(**{attribute.name: value})


def to_avatar(character: Character, drawn: Pixels) -> Avatar:
    """The avatar of a person whose picture is ``drawn``, ``[size, size, 3|4]``."""
    certificate: Certificate = {
        "kind": "illustration",
        "illustrator": illustrator_version(character.calm),
        "engine": renderer(),
        "size": drawn.shape[0],
        "channels": drawn.shape[2],
        "seed": character.seed,
        "attributes": character.attributes,
        "edits": [edit for edit, done in ((CALM, character.calm), (BLINK, character.blink)) if done],
    }
    return Avatar(drawn, certificate)


def _check(count: int, size: int) -> None:
    if not 1 <= count <= MAX_COUNT:
        raise NijigenError(f"count {count} is out of range: use 1 to {MAX_COUNT:,}")
    check_size(size)


def _stem(index: int, drawn: Avatar | Character, sweep: str | None) -> str:
    return f"avatar-{index:04d}" if sweep is None else f"avatar-{index:04d}-{drawn.attributes[SCHEMA[sweep].name]}"
