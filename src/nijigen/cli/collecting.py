"""The verbs of kept avatars: collect, collection."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, Sets, app
from nijigen.errors import NijigenError, did_you_mean
from nijigen.terminal import notes, plain_words, report

if TYPE_CHECKING:
    from nijigen.collections import Collections, Kept


@app.command()
def collect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Avatars' files: PNG or WebP.")],
    to: Annotated[str, typer.Option(metavar="NAME", help="The collection.")] = "favourites",
    note: Annotated[str, typer.Option(help="A note to find them by.")] = "",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Keep avatars in a collection, byte for byte, so that they survive the folder that they were made in.

    `nijigen collect avatars/avatar-0003.png`

    `nijigen collect avatars/*.png --to heroes --note "for the forum"`

    A file that the collection has already is not kept twice.
    """
    from nijigen.collections import Collections
    from nijigen.collections.reading import MAX_BYTES
    from nijigen.progress import track

    for file in files:  # a wrong name is told before the first is kept
        if not file.is_file():
            raise NijigenError(f"{file} does not exist or is no file: give avatars' files, PNG or WebP")
        if file.stat().st_size > MAX_BYTES:
            raise NijigenError(f"{file} has more than {MAX_BYTES >> 20} MiB: too large to be kept")
    kept = []
    with Collections() as collections, track(len(files), "kept", unit="files", quiet=quiet or json) as bar:
        for file in files:
            kept.append(collections.add(file.read_bytes(), to, note, str(file)))
            bar.advance()
        held = dict(collections.names()).get(kept[-1].collection, 0)
    name = kept[-1].collection
    facts = {"collection": name, "held": held, "kept": [row.as_dict() for row in kept]}
    report(facts, [f"{name} holds {_many(held)}"], json, quiet)


@app.command()
def collection(
    name: Annotated[str | None, typer.Argument(help="A collection; without one, all of them.")] = None,
    set_: Sets = None,
    text: Annotated[str | None, typer.Option(metavar="WORDS", help="What their notes hold.")] = None,
    model: Annotated[str | None, typer.Option(help="What made them: a name, a digest, or illustrator.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.")] = 60,
    offset: Annotated[int, typer.Option(help="Leave out so many of the newest.")] = 0,
    export: Annotated[str | None, typer.Option(metavar="KIND", help="zip, sheet or stickers; with --out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to: a .zip, or a folder for the files.")] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="IDENT", help="Take this one out. Repeatable.")] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """List kept avatars, search them, take them along, or remove some.

    `nijigen collection` — the collections, and how many each holds

    `nijigen collection favourites --set hair_color=pink --set 表情=微笑`

    `nijigen collection heroes --export sheet --out heroes` — a sprite sheet and its JSON atlas

    `nijigen collection --text forum --export zip --out forum.zip` — the original files

    `nijigen collection heroes --export stickers --out heroes-stickers.zip`

    `nijigen collection favourites --remove 0123456789abcdef`
    """
    from nijigen.collections import Collections

    if (export is None) != (out is None):
        raise NijigenError("--export and --out go together: nijigen collection heroes --export sheet --out heroes")
    if remove and (export or set_ or text or model):
        raise NijigenError("--remove takes what a listing names: leave the other flags out")
    searched = bool(set_ or text or model or export)
    with Collections() as collections:
        from nijigen.collections.searching import parse_words  # it needs the extra, which the line above asks for

        attributes = parse_words(set_ or [])
        if name is not None and name not in (known := [known for known, _ in collections.names()]):
            raise NijigenError(f"no collection {name!r}{did_you_mean(name, known)}: nijigen collect FILE --to NAME")
        if remove:
            _remove(collections, name, remove, quiet, json)
            return
        if name is None and not searched:
            rows = collections.names()
            facts = [{"name": known, "count": number} for known, number in rows]
            empty = ["nothing is kept yet: nijigen collect avatars/avatar-0003.png"]
            report(facts, [f"{known}: {_many(number)}" for known, number in rows] or empty, json, quiet)
            return
        number = collections.count(name, attributes, text, model=model)
        found = collections.find(name, attributes, text, limit, offset, model=model)
        if export is not None and out is not None:
            _export(collections, found, number, export, out, quiet, json)
            return
    lines = [_line(kept, name is None) for kept in found]
    if offset + len(found) < number and found:
        lines.append(f"{len(found)} of {_many(number)}: --offset {offset + len(found)} shows more")
    facts = {"count": number, "kept": [kept.as_dict() for kept in found]}  # type: ignore[assignment]
    report(facts, lines or ["nothing kept fits"], json, quiet)


def _export(
    collections: "Collections", found: "list[Kept]", number: int, kind: str, out: Path, quiet: bool, json: bool
) -> None:
    from nijigen.files import write_bytes

    pack = collections.packed([kept.ident for kept in found], kind)  # type: ignore[arg-type]  # refused there
    if len(found) < number:
        notes([f"{len(found)} of {_many(number)} are packed: --limit takes more"], quiet or json)
    if out.suffix.lower() == ".zip":
        paths = [write_bytes(out, pack.data)]
    else:
        paths = [write_bytes(out / name, file) for name, file in pack.files.items()]
    facts = {"files": [str(path) for path in paths], "avatars": len(found)}
    report(facts, [f"{_many(len(found))} in {out}"], json, quiet)


def _remove(collections: "Collections", name: str | None, idents: list[str], quiet: bool, json: bool) -> None:
    chosen = [collections.get(ident) for ident in dict.fromkeys(idents)]  # all are there, or none is removed
    for kept in chosen:
        if name is not None and kept.collection != name:
            raise NijigenError(f"{kept.ident} is in {kept.collection}, not in {name}")
    for kept in chosen:
        collections.remove(kept.ident)
    report({"removed": [kept.ident for kept in chosen]}, [f"removed {_many(len(chosen))}"], json, quiet)


def _line(kept: "Kept", with_collection: bool) -> str:
    words = plain_words({key: value for key, value in kept.attributes.items() if isinstance(value, str)})
    where = f"{kept.collection}  " if with_collection else ""
    note = f"  — {kept.note}" if kept.note else ""
    gone = "  [its file is missing]" if kept.missing else ""
    made = f"{kept.model or 'illustrator'} {'' if kept.seed is None else kept.seed}".strip()
    return plain_words(f"{kept.ident}  {where}{kept.width}x{kept.height}  {made}  {words}{note}{gone}")


def _many(number: int) -> str:
    return f"{number:,} avatar{'' if number == 1 else 's'}"
