"""The verbs that make pictures ready for use elsewhere: character, sizes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.cli.app import AsJson, Device, Quiet, Sets, Threads, app
from nijigen.cli.sources import keep_sources, open_avatar
from nijigen.errors import NijigenError
from nijigen.terminal import notes, report

if TYPE_CHECKING:
    from PIL import Image

    from nijigen.images.source import SourceType


@app.command()
def character(
    file: Annotated[Path | None, typer.Argument(help="An avatar's file; or give --seed.")] = None,
    seed: Annotated[str | None, typer.Option(help="An integer, or any text.")] = None,
    model: Annotated[
        str | None, typer.Option(help="With --seed: this model's avatar; without, it is drawn. A file's is found.")
    ] = None,
    set_: Sets = None,
    sweep: Annotated[str, typer.Option(help="The attribute of which every frame has another value.")] = "expression",
    only: Annotated[str | None, typer.Option(help="Only these values, like smile,sad.")] = None,
    blink: Annotated[bool, typer.Option("--blink/--no-blink", help="Frames with closed eyes.")] = True,
    closed: Annotated[
        str | None, typer.Option(metavar="KEY=VALUE", help="The words that close a model's eyes; else it is looked up.")
    ] = None,
    size: Annotated[int | None, typer.Option(help="Pixels of a drawing's side; by default its own, or 256.")] = None,
    transparent: Annotated[
        bool, typer.Option("--transparent/--background", help="Drawings without or with their background.")
    ] = True,
    padding: Annotated[int, typer.Option(help="Empty pixels around each frame.")] = 2,
    trim: Annotated[bool, typer.Option("--trim/--no-trim", help="Leave transparent borders out of the sheet.")] = True,
    power_of_two: Annotated[
        bool, typer.Option("--power-of-two/--any-size", help="Sides of the sheet that old graphics chips want.")
    ] = True,
    out: Annotated[Path, typer.Option(help="Folder; sheet and JSON get its name.")] = Path("character"),
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """One person in every expression: a sprite sheet and its JSON atlas for game engines, and every frame alone.

    `nijigen character --seed alice --set hair_color=pink --out alice` — drawn by the illustrator

    `nijigen character avatars/avatar-0003.png --out hero` — an avatar that is there

    `nijigen character --seed 7 --model runs/faces --only smile,sad --no-blink --out seven` — a model's avatar

    The JSON is TexturePacker's hash, which Phaser, PixiJS and importers for Godot and Unity read. Each frame in
    `frames/` is an avatar of its own, which `nijigen recreate` makes again.
    """
    from nijigen.avatar import Avatar
    from nijigen.engine.character import drawn_poses, model_poses
    from nijigen.files import check_writable
    from nijigen.illustrator import SCHEMA

    if (file is None) == (seed is None):
        raise NijigenError("give an avatar or --seed, one of the two: nijigen character --seed alice --out alice")
    check_writable(out, folder=True)
    values = None if only is None else only.replace("，", ",").split(",")
    avatar = None if file is None else Avatar.open(file)
    if file is not None:
        keep_sources(out, file)
        keep_sources(out / "frames", file)
    drawn = model is None if avatar is None else avatar.certificate.get("kind") == "illustration"
    if drawn:
        if model is not None or closed is not None:
            flag = "--model" if model is not None else "--closed"
            raise NijigenError(f"{flag}: {file or 'this person'} is drawn by the illustrator; leave it out")
        person = avatar if avatar is not None else str(seed)
        words = SCHEMA.parse(",".join(set_ or []))
        poses = drawn_poses(
            person, size, attribute=sweep, values=values, attributes=words, transparent=transparent, blink=blink
        )
    else:
        from nijigen.engine.editing import Editable
        from nijigen.engine.model import load

        if size is not None or not transparent:
            flag = "--size" if size is not None else "--background"
            raise NijigenError(f"{flag}: it is for drawings; a model's avatars are as it makes them (nijigen enlarge)")
        if file is not None:
            editable = open_avatar(file, model, device, threads, quiet or json)
        else:
            loaded = load(str(model), device, threads)
            editable = Editable(loaded.generate(1, str(seed))[0], loaded)
        schema = editable.model.schema
        shut = schema.parse(closed) if closed else None
        words = schema.parse(",".join(set_ or []))
        poses = model_poses(editable, attribute=sweep, values=values, attributes=words, blink=blink, closed=shut)
    notes(poses.notes, quiet or json)
    paths = poses.save(out, padding, trim, power_of_two)
    facts = {"files": [str(path) for path in paths], "animations": poses.animations}
    report(facts, [f"{len(poses.avatars)} frames in {paths[-2]}, where each is in {paths[-1]}"], json, quiet)


@app.command()
def sizes(
    file: Annotated[Path | None, typer.Argument(help="A picture with an avatar, made by nijigen or not.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("sizes"),
    only: Annotated[str | None, typer.Option(help="Only these, by name or pixels, like profile,96.")] = None,
    fit: Annotated[
        str, typer.Option(help="In the circle: head (face with hair) or whole; picture: all of it, no circle.")
    ] = "head",
    circle: Annotated[bool, typer.Option("--circle", help="Make what lies outside the circle transparent.")] = False,
    ico: Annotated[bool, typer.Option("--ico", help="Also write favicon.ico with 16, 32 and 48 pixels.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the sizes and what they are for.")] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """An avatar in the sizes of platforms, placed so that a round frame cuts neither face nor hair.

    `nijigen sizes avatars/avatar-0003.png --out mine`

    `nijigen sizes portrait.png --only profile,96 --circle --ico --out round`

    The avatar is found by transparency, by a background of one colour, or by its face; the report says by which.
    """
    from nijigen.files import check_writable, write_bytes
    from nijigen.images.png import write_png
    from nijigen.images.sizes import SIZES, at_size, choose_sizes, frame, icon
    from nijigen.images.subject import find_subject

    if list_:
        rows = [{"name": size.name, "pixels": size.pixels, "for": size.purpose} for size in SIZES.values()]
        report(rows, [f"{size.name:10}{size.pixels:>6}  {size.purpose}" for size in SIZES.values()], json)
        return
    if file is None:
        raise NijigenError("give a picture with an avatar: nijigen sizes avatars/avatar-0003.png --out mine")
    if circle and fit == "picture":
        raise NijigenError("--circle would cut what --fit picture keeps: use --fit head or --fit whole")
    wanted = choose_sizes(None if only is None else only.replace("，", ",").split(","))
    keep_sources(out, file)
    check_writable(out, folder=True)
    image, source = _picture(file)
    subject = find_subject(image, look_for_face=fit == "head")
    framed = frame(image, subject, fit)  # type: ignore[arg-type]  # another word is refused there
    names = [out / f"{file.stem}-{size.pixels}.png" for size in wanted]
    paths = [
        write_png(name, at_size(framed, size.pixels, circle), source=source)
        for name, size in zip(names, wanted, strict=True)
    ]
    if ico:
        paths.append(write_bytes(out / "favicon.ico", icon(framed, circle)))
    largest = max(size.pixels for size in wanted)
    told = _told(subject.found_by, subject.head_by, fit)
    if largest > framed.width:
        told.append(
            f"{largest} px is more than the {framed.width} px there are: soft; enlarge it first, or draw it larger"
        )
    notes(told, quiet or json)
    facts = {
        "files": [str(path) for path in paths],
        "found_by": subject.found_by,
        "head_by": subject.head_by,
        "notes": told,
    }
    report(facts, [f"{len(paths)} files in {out}"], json, quiet)


def _picture(file: Path) -> "tuple[Image.Image, SourceType | None]":
    """Anybody's picture, RGB or RGBA, and what it states of its source.

    Raises:
        NijigenError: it is missing, too large or empty, or cannot be read; the file is named.
    """
    from nijigen.images.certified import stated_source
    from nijigen.images.decode import MAX_BYTES, PictureError, decode, shows_nothing

    if not file.is_file():
        raise NijigenError(f"{file} does not exist or is no file: give a picture with an avatar")
    if file.stat().st_size > MAX_BYTES:
        raise NijigenError(f"{file} has more than {MAX_BYTES >> 20} MiB: give a smaller picture")
    try:
        data = file.read_bytes()
        image = decode(data)
    except PictureError as error:
        raise NijigenError(f"{file} cannot be used: {error}") from None
    if shows_nothing(image):
        raise NijigenError(f"{file} is empty: every pixel is transparent; give a picture with an avatar")
    return image, stated_source(data)


def _told(found_by: str, head_by: str, fit: str) -> list[str]:
    """How the avatar was found, in words."""
    if fit == "picture":
        return []
    how = {
        "transparency": "the avatar is what is not transparent",
        "background": "the avatar is what stands before a background of one colour",
        "face": "the background has many colours: the avatar is its face and the hair around it",
        "nothing": "no transparency, no plain background and no face: the middle of the picture is taken, look at it",
    }[found_by]
    if fit == "head" and found_by in ("transparency", "background"):
        ends = {"neck": "its head ends at the neck", "face": "its head ends at the chin of its face"}
        how += f"; {ends.get(head_by, 'neither neck nor face was found, so all of it is kept')}"
    return [how]
