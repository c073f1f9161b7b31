"""The verb that turns a photograph into avatars: avatarize."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, Folder, Kind, Quiet, SeedText, Sets, Threads, app
from nijigen.cli.sources import keep_sources
from nijigen.errors import NijigenError
from nijigen.terminal import notes, plain_words, report


@app.command()
def avatarize(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="A photograph with a face.")],
    out: Folder = Path("avatarized"),
    set_: Sets = None,
    by: Annotated[
        str | None, typer.Option(metavar="WHO", help="illustrator or model; by default as --model says.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A name, a run folder, a model folder or a file; without it the illustrator.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 4,
    seed: SeedText = "0",
    size: Annotated[int | None, typer.Option(help="Pixels a side of drawings; by default 256.")] = None,
    transparent: Annotated[bool, typer.Option(help="Leave the background of drawings out (RGBA).")] = False,
    format_: Kind = "png",
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the gender on the terminal.")] = False,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Also write sheet.png: the photo's face beside the avatars.")
    ] = False,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make avatars of a photograph: hair colour, skin tone, glasses and smile are read where they can be told.

    `nijigen avatarize me.jpg --out mine --sheet`

    `nijigen avatarize me.jpg --set gender=girl --set hair_color=pink -n 8` — what is said wins over what is read

    `nijigen avatarize me.jpg --model chibi --ask` — drawn by a model; the gender is asked for

    Gender, age and origin are never read. The photo is kept in no file but the sheet, which is written only if asked
    for. Needs `pip install "nijigen[detect]"`.
    """
    from nijigen.avatar import check_kind, save_each
    from nijigen.avatarizing.making import Artist, sheet_beside
    from nijigen.avatarizing.portrait import open_portrait, read_portrait
    from nijigen.avatarizing.wishes import NEVER, ask_gender, question, wish
    from nijigen.engine.model import load
    from nijigen.images.png import write_png
    from nijigen.images.source import SourceType
    from nijigen.store import DEFAULT_MODEL

    check_kind(format_)
    with_model = _by_model(by, model, size, transparent)
    if ask and not sys.stdin.isatty():
        raise NijigenError("--ask needs a terminal: say --set gender=girl or --set gender=boy, or leave it to the seed")
    keep_sources(out, photo)
    artist = Artist(load(model or DEFAULT_MODEL, device, threads) if with_model else None, size or 256, transparent)
    asked = artist.schema.parse(",".join(set_ or []))
    portrait = open_portrait(photo)
    if ask and NEVER not in asked:
        asked |= ask_gender(typer.prompt(question(artist.schema), "", show_default=False, err=True), artist.schema)
    wishes = wish(read_portrait(portrait), asked, artist.schema)
    told = [*portrait.notes, *wishes.lines]
    avatars = artist.make(wishes, count, seed)
    paths = save_each(avatars, count, out, quiet=quiet or json, kind=format_)
    if sheet:  # a part of the photograph stands beside the avatars
        beside = SourceType.COMPOSITE if artist.model is None else SourceType.MIXED
        paths.append(write_png(out / "sheet.png", sheet_beside(portrait, avatars), source=beside))
        told.append(f"{out / 'sheet.png'} shows the photograph: leave it out of what you publish unless you may")
    notes((plain_words(line) for line in told), quiet or json)
    facts = {"files": [str(path) for path in paths], **wishes.facts, "notes": list(portrait.notes)}
    if artist.model is not None:
        facts["model"] = artist.model.digest
    many = "1 avatar" if count == 1 else f"{count} avatars"
    report(facts, [f"{many} by {artist.model.name if artist.model else 'the illustrator'} in {out}"], json, quiet)


def _by_model(by: str | None, model: str | None, size: int | None, transparent: bool) -> bool:
    """Whether a model draws.

    Raises:
        NijigenError: another word than illustrator or model, or flags that contradict it.
    """
    if by not in (None, "illustrator", "model"):
        raise NijigenError(f"--by {by}: use illustrator or model")
    if by == "illustrator" and model is not None:
        raise NijigenError(f"--model {model}: with --by illustrator no model draws; leave one of them out")
    with_model = by == "model" or model is not None
    if with_model and (size is not None or transparent):
        flag = "--size" if size is not None else "--transparent"
        raise NijigenError(f"{flag}: it is for drawings; a model's avatars are as it makes them (nijigen enlarge)")
    return with_model
