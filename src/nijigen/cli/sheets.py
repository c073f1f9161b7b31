"""The verbs that make pictures ready for use elsewhere: character, sizes."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, Quiet, Sets, Threads, app
from nijigen.cli.editing import keep_sources
from nijigen.errors import NijigenError
from nijigen.terminal import notes, report


@app.command()
def character(
    file: Annotated[Path | None, typer.Argument(help="An avatar's PNG; or give --seed.")] = None,
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
    from nijigen.illustrator import SCHEMA

    if (file is None) == (seed is None):
        raise NijigenError("give an avatar's PNG or --seed, one of the two: nijigen character --seed alice --out alice")
    values = None if only is None else only.replace("，", ",").split(",")
    avatar = None if file is None else Avatar.open(file)
    if file is not None:
        keep_sources(out, file)
        keep_sources(out / "frames", file)
    if avatar.certificate.get("kind") == "illustration" if avatar else model is None:
        if model is not None or closed is not None:
            flag = "--model" if model is not None else "--closed"
            raise NijigenError(f"{flag}: {file or 'this person'} is drawn by the illustrator; leave it out")
        person = avatar if avatar is not None else str(seed)
        words = SCHEMA.parse(",".join(set_ or []))
        poses = drawn_poses(
            person, size, attribute=sweep, values=values, attributes=words, transparent=transparent, blink=blink
        )
    else:
        from nijigen.engine.editing import Editable, open_editable
        from nijigen.engine.model import load

        if size is not None or not transparent:
            flag = "--size" if size is not None else "--background"
            raise NijigenError(f"{flag}: it is for drawings; a model's avatars are as it makes them (nijigen enlarge)")
        if avatar is not None:
            editable = open_editable(avatar, model, device, threads)
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
