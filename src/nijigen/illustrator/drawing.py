"""The verb ``draw``: avatars from seeds and words, with birth certificates; and the same drawing again from one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nijigen.avatar import Avatar, Avatars, Certificate
from nijigen.errors import NijigenError
from nijigen.files import write_text
from nijigen.illustrator import ILLUSTRATOR_VERSION, SCHEMA, Character, compose, draw_many
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.progress import track
from nijigen.schema import Labels
from nijigen.seeds import SEED_LIMIT, seed_number

MAX_COUNT = 10_000_000
MIN_SIZE, MAX_SIZE = 8, 4096
MAX_SHEET = 1_024  # a sheet of more is no picture any more


def draw(
    count: int = 1,
    seed: int | str = 0,
    size: int = 256,
    *,
    transparent: bool = False,
    sweep: str | None = None,
    workers: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    **words: Any,
) -> Avatars:
    """Draw avatars. Number ``i`` has the seed ``seed + i``; attributes not given follow from the seed.

    Args:
        size: pixels a side, 8 to 4096.
        transparent: RGBA without background instead of RGB.
        sweep: draw one person with every value of this attribute instead of ``count`` persons.
        attributes: words of the schema, in English, 中文 or 日本語; the same as keyword arguments.

    Raises:
        NijigenError: a wrong word, or a count or size out of range.
    """
    wanted = SCHEMA.normalize({**(attributes or {}), **words})
    return Avatars(list(_avatars(count, seed, size, wanted, transparent, sweep, workers)))


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
    workers: int | None = None,
    quiet: bool = False,
) -> list[Path]:
    """Draw into a folder, file by file; returns the paths, the sheet last.

    Raises:
        NijigenError: a wrong word or format, or a count or size out of range.
    """
    if kind not in ("png", "svg"):
        raise NijigenError(f"--format {kind}: use png or svg")
    total = len(SCHEMA[sweep].values) if sweep is not None else count
    if sheet and total > MAX_SHEET:
        raise NijigenError(f"--sheet of {total:,} drawings would be no picture: use at most {MAX_SHEET:,}")
    paths: list[Path] = []
    shown: list[Pixels] = []
    with track(total, "draw", unit="avatars", quiet=quiet) as bar:
        if kind == "svg":
            for index, character in enumerate(_characters(count, seed, size, attributes, sweep)):
                paths.append(
                    write_text(out / f"{_stem(index, character, sweep)}.svg", character.svg(size, transparent))
                )
                if sheet:
                    shown.append(character.render(size, 4 if transparent else 3))
                bar.advance()
        else:
            for index, avatar in enumerate(_avatars(count, seed, size, attributes, transparent, sweep, workers)):
                paths.append(avatar.save(out / f"{_stem(index, avatar, sweep)}.png"))
                if sheet:
                    shown.append(avatar.pixels)
                bar.advance()
    if sheet:
        paths.append(write_png(out / "sheet.png", make_sheet(shown)))
    return paths


def redraw(certificate: Certificate) -> tuple[Pixels, list[str]]:
    """The pixels of a drawing's certificate, and what differs from when it was drawn.

    Raises:
        NijigenError: the certificate is incomplete.
    """
    try:
        character = compose(int(certificate["seed"]), SCHEMA.normalize(certificate["attributes"]))
        size, channels = int(certificate["size"]), int(certificate["channels"])
        _check(1, size)
    except (KeyError, TypeError, ValueError) as error:
        raise NijigenError(f"the birth certificate is damaged: {error}") from None
    here = {"illustrator": ILLUSTRATOR_VERSION, "engine": renderer()}
    changes = [
        f"{key} was {certificate.get(key)}, is {now}" for key, now in here.items() if certificate.get(key) != now
    ]
    return character.render(size, channels), changes


def renderer() -> str:
    """The program that turns the drawing into pixels, and its version."""
    import resvg_py

    return f"resvg {resvg_py.__resvg_version__}"


def _avatars(
    count: int, seed: int | str, size: int, wanted: Labels, transparent: bool, sweep: str | None, workers: int | None
) -> Iterator[Avatar]:
    channels = 4 if transparent else 3
    if sweep is not None:
        for character in _characters(count, seed, size, wanted, sweep):
            yield _avatar(character, character.render(size, channels), size)
        return
    _check(count, size)
    for _, character, pixels in draw_many(count, seed, size, channels, wanted, workers, as_pixels=True):
        yield _avatar(character, pixels, size)


def _characters(count: int, seed: int | str, size: int, wanted: Labels, sweep: str | None) -> Iterator[Character]:
    _check(count, size)
    first = seed_number(seed)
    if sweep is None:
        for index in range(count):
            yield compose((first + index) % SEED_LIMIT, wanted)
        return
    attribute = SCHEMA[sweep]
    if attribute.continuous:
        raise NijigenError(f"--sweep {attribute.name}: it is a number; sweep an attribute with words")
    person = compose(first, wanted)
    for value in attribute.values:
        yield person.with_(**{attribute.name: value})


def _avatar(character: Character, pixels: Pixels, size: int) -> Avatar:
    certificate: Certificate = {
        "kind": "illustration",
        "illustrator": ILLUSTRATOR_VERSION,
        "engine": renderer(),
        "size": size,
        "channels": pixels.shape[2],
        "seed": character.seed,
        "attributes": character.attributes,
        "edits": [],
    }
    return Avatar(pixels, certificate)


def _check(count: int, size: int) -> None:
    if not 1 <= count <= MAX_COUNT:
        raise NijigenError(f"count {count} is out of range: use 1 to {MAX_COUNT:,}")
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise NijigenError(f"size {size} is out of range: use {MIN_SIZE} to {MAX_SIZE} pixels")


def _stem(index: int, drawn: Avatar | Character, sweep: str | None) -> str:
    return f"avatar-{index:04d}" if sweep is None else f"avatar-{index:04d}-{drawn.attributes[SCHEMA[sweep].name]}"
