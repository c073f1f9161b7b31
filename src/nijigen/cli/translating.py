"""The verb that turns photos into drawings: stylize."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, Quiet, Threads, app
from nijigen.cli.pictures import lines_of, told
from nijigen.terminal import plain_words, report


@app.command()
def stylize(
    source: Annotated[
        Path,
        typer.Argument(metavar="INPUT", help="A picture, still or animated, a film, or a folder or zip of pictures."),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write, or a folder for many.")],
    style: Annotated[
        str,
        typer.Option(help="cartoongan-hayao, a translator you trained, or the folder of another published one."),
    ] = "cartoongan-hayao",
    strength: Annotated[float, typer.Option(help="0 is the photo, 1 the drawing, and between is between.")] = 1.0,
    face: Annotated[
        str | None,
        typer.Option(help="paste: small faces drawn larger and put back; whole: not. By default paste with OpenCV."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="N|keep", help="Pixels of the longer side, drawn and written.")] = "keep",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Turn photos into drawings by a network that learned it (CartoonGAN). Run again, folders and films go on.

    `nijigen stylize photo.jpg drawn.png`

    `nijigen stylize holiday drawn --size 1024` — every picture of a folder, those in folders below it as well

    `nijigen stylize clip.mp4 drawn.mp4 --size 640` — a film, with its sound; needs nijigen[video]

    Needs weights of others, which do not come with nijigen (`nijigen weights`).
    """
    from nijigen.data.folder_work import check_folders, target_of
    from nijigen.machine import choose_device, prepare_machine
    from nijigen.translate.film import stylize_film
    from nijigen.translate.kinds import Kind, check_film, kind_of, named
    from nijigen.translate.stylizer import Settings, open_stylizer, read_size
    from nijigen.translate.work import stylize_many, stylize_one

    settings = Settings(strength, face or "", read_size(size))
    settings.check()
    kind = kind_of(source)
    target = out
    if kind is Kind.MANY:
        check_folders(source, out, "drawn")
    elif kind is Kind.FILM:
        target = out / source.with_suffix(".mp4").name if out.is_dir() else out
        check_film(source, target)
    else:
        target = target_of(source, out, "the drawn picture", named)
    prepare_machine(threads, choose_device(device))
    silent = quiet or json
    said, tell = told(silent)
    stylizer = open_stylizer(style, settings, device, tell)
    if kind is Kind.MANY:
        rows = stylize_many(stylizer, source, out, silent)
    else:
        rows = [(stylize_film if kind is Kind.FILM else stylize_one)(stylizer, source, target, silent)]
    how = f"drawn by {plain_words(style)}"
    lines = lines_of(rows, target, kind is Kind.MANY, how)
    facts = {"style": style, "strength": strength, "face": "paste" if stylizer.detector else "whole", "notes": said}
    report({**facts, "pictures": [asdict(row) for row in rows]}, lines, json, quiet)
