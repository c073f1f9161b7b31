"""The verbs that change avatars that are there: edit, vary, breed, mix."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.cli.app import (
    AsJson,
    AvatarFile,
    Device,
    Folder,
    Kind,
    Layers,
    ModelOf,
    Quiet,
    SeedText,
    Sets,
    Sheet,
    TextWords,
    Threads,
    app,
)
from nijigen.cli.sources import keep_sources, open_avatar
from nijigen.errors import NijigenError
from nijigen.terminal import notes, read_numbers, report

if TYPE_CHECKING:
    from nijigen.avatar import Avatar


@app.command()
def edit(
    file: AvatarFile,
    set_: Sets = None,
    text: TextWords = None,
    move: Annotated[
        list[str] | None,
        typer.Option(
            "--move", metavar="KEY=STEPS", help='A number of the model or a direction, like "blush=1". Repeatable.'
        ),
    ] = None,
    directions: Annotated[
        Path | None, typer.Option(help="A file of nijigen directions; by default the model's own.")
    ] = None,
    truncation: Annotated[float | None, typer.Option(help="Toward the middle: 1 leaves it, 0 is the middle.")] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Where --truncation and directions hold: coarse, middle, fine, all, or 0-3,8."),
    ] = None,
    toward: Annotated[str, typer.Option(help="The middle of --truncation: own (same words) or all.")] = "own",
    style_image: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="What a painted avatar was painted like: it is painted so again."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to (.png, .webp); by default NAME-edited beside it.")] = None,
    model: ModelOf = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Change words of an avatar and keep who it is.

    `nijigen edit avatars/avatar-0003.png --set expression=smile`

    `nijigen edit avatars/avatar-0003.png --text "blue eyes, no glasses" --out calm.png`

    `nijigen edit avatars/avatar-0003.png --set 发色=蓝色 --move "fringe length=-1" --out blue.png`

    `nijigen edit avatars/avatar-0003.png --move "expression happy=3" --out happy.png` — after `nijigen directions find`

    `nijigen edit painted/avatar-0003.png --set expression=smile --style-image waves.png` — and painted as it was

    One step of `--move` is a standard deviation of what is drawn at random. What was done is written into the new
    avatar, and `nijigen recreate` does it again.
    """
    from nijigen.avatar import check_name
    from nijigen.cli.painting import brush_of, painting
    from nijigen.engine.stepping import check_used, open_moves, steps_of
    from nijigen.understanding import ask

    editable = open_avatar(file, model, device, threads, quiet or json or bool(style_image))
    brush = brush_of(file, editable, style_image)
    schema = editable.model.schema
    asked = ask(set_ or [], text, schema)
    notes(asked.notes, quiet or json)
    words = asked.changes(editable.avatar.attributes, schema)
    along = open_moves(editable.model, read_numbers(move, "--move"), directions)
    if directions is not None and all(isinstance(way, str) for way in along):
        raise NijigenError(f"--directions {directions}: no --move names a direction in it")
    check_used(along, truncation, layers, toward)
    steps = steps_of(words, along, truncation, layers, toward)
    if not steps:
        if text is not None:
            raise NijigenError("--text: the avatar is like that already: there is nothing to change")
        raise NijigenError('nothing to change: give words (--set expression=smile) or numbers (--move "blush=1")')
    out = out or file.with_name(f"{file.stem}-edited{file.suffix}")
    check_name(out)
    keep_sources(out, file, *(style_image or []))
    same = [f"{name}={value}" for name, value in words.items() if editable.avatar.attributes.get(name) == value]
    notes([f"{word}: its certificate says so already" for word in same], quiet or json)
    changed = editable.after(*steps)
    if brush is not None:
        with painting(brush, changed.pixels.shape[0], 1, quiet or json) as step:
            changed = brush.paint(changed, step)
    path = changed.save(out)
    report({"file": str(path), "attributes": changed.attributes, **asked.facts}, [str(path)], json, quiet)


@app.command()
def vary(
    file: AvatarFile,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 12,
    strength: Annotated[float, typer.Option(help="0 is the same avatar, 1 anybody with the same words.")] = 0.4,
    seed: SeedText = "0",
    out: Folder = Path("varied"),
    sheet: Sheet = False,
    format_: Kind = "png",
    model: ModelOf = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Neighbours of an avatar, with the same words: pick one and go on from it.

    `nijigen vary avatars/avatar-0003.png -n 12 --strength 0.3 --sheet`
    """
    from nijigen.engine.editing import vary as neighbours

    editable = open_avatar(file, model, device, threads, quiet or json)
    keep_sources(out, file)
    _save_all(neighbours(editable, count, strength, seed), count, "neighbours", out, sheet, format_, quiet, json)


@app.command()
def breed(
    one: AvatarFile,
    other: AvatarFile,
    count: Annotated[int, typer.Option("-n", "--count", help="How many children.")] = 12,
    mutation: Annotated[float, typer.Option(help="0: all they have is a parent's; 1: hardly their children.")] = 0.1,
    seed: SeedText = "0",
    out: Folder = Path("litter"),
    sheet: Sheet = False,
    format_: Kind = "png",
    model: ModelOf = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """A litter of two avatars: pick children, and breed them again.

    `nijigen breed avatars/avatar-0003.png avatars/avatar-0007.png -n 16 --mutation 0.2 --sheet`
    """
    from nijigen.engine.editing import breed as children

    first = open_avatar(one, model, device, threads, quiet or json)
    second = open_avatar(other, first.model, silent=quiet or json)
    keep_sources(out, one, other)
    _save_all(children(first, second, count, mutation, seed), count, "children", out, sheet, format_, quiet, json)


@app.command()
def mix(
    files: Annotated[list[Path], typer.Argument(help="Avatars of one model: two, or more with --table.")],
    layers: Layers = "coarse",
    share: Annotated[float, typer.Option(help="How far toward the other: 0 to 1, or beyond, -1 to 2.")] = 1.0,
    table: Annotated[
        int | None, typer.Option(metavar="ROWS", help="A table: so many files are its rows, the others its columns.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to: mixed.png, or for a table the folder mixed, unless said.")
    ] = None,
    model: ModelOf = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """One avatar with some layers of another: its shapes from coarse ones, its colours from fine ones.

    `nijigen mix avatars/avatar-0003.png avatars/avatar-0007.png --layers coarse`

    `nijigen mix avatars/avatar-0003.png avatars/avatar-0007.png --layers all --share 0.5`

    `nijigen mix avatars/avatar-000*.png --table 3 --layers middle --out table` — every row with layers of every column
    """
    from nijigen.avatar import check_name
    from nijigen.engine.editing import mix as mix_two
    from nijigen.engine.editing import mixing_table, show_table
    from nijigen.files import check_writable
    from nijigen.images.png import write_png
    from nijigen.images.source import SourceType

    if table is None and len(files) != 2:
        raise NijigenError(f"{len(files)} files: give two, or say with --table ROWS how many of them are rows")
    if table is not None and not 1 <= table < len(files):
        raise NijigenError(f"--table {table}: so many of the {len(files)} files are rows; use 1 to {len(files) - 1}")
    out = out or Path("mixed.png" if table is None else "mixed")
    if table is None:
        check_name(out)
    else:
        check_writable(out, folder=True)
    keep_sources(out, *files)
    first = open_avatar(files[0], model, device, threads, quiet or json)
    known = [first, *(open_avatar(file, first.model, silent=quiet or json) for file in files[1:])]
    if table is None:
        path = mix_two(known[0], known[1], layers, share).save(out)
        report({"file": str(path)}, [str(path)], json, quiet)
        return
    rows, columns = known[:table], known[table:]
    cells = mixing_table(rows, columns, layers, share)
    paths = [
        avatar.save(out / f"row-{row}-column-{column}.png", durable=False)
        for row, line in enumerate(cells)
        for column, avatar in enumerate(line)
    ]
    paths.append(write_png(out / "table.png", show_table(rows, columns, cells), source=SourceType.TRAINED))
    facts = {"files": [str(path) for path in paths], "rows": len(rows), "columns": len(columns)}
    report(facts, [f"{len(rows)} rows of {len(columns)} in {paths[-1]}, each avatar beside it"], json, quiet)


def _save_all(
    avatars: "Iterator[Avatar]", count: int, what: str, out: Path, sheet: bool, kind: str, quiet: bool, json: bool
) -> None:
    """Write avatars as they come, and say how many of what there are."""
    from nijigen.avatar import save_each

    paths = save_each(avatars, count, out, sheet=sheet, quiet=quiet or json, kind=kind)
    report({"files": [str(path) for path in paths]}, [f"{count} {what} in {out}"], json, quiet)
