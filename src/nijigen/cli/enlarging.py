"""The verb that makes pictures larger: enlarge."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, Quiet, Threads, app
from nijigen.cli.pictures import lines_of, told
from nijigen.errors import NijigenError
from nijigen.terminal import report


@app.command()
def enlarge(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A picture, or a folder of them.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file (.png, .webp, .jpg), or a folder for those of a folder.")
    ],
    scale: Annotated[int, typer.Option(help="How many times as large: 2 or 4.")] = 2,
    method: Annotated[
        str, typer.Option(help="auto, upconv7, vgg7 or lanczos. auto: upconv7 where its weights are, else lanczos.")
    ] = "auto",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make pictures twice or four times as large, by networks for drawings (waifu2x). Run again, a folder goes on.

    `nijigen enlarge avatars/avatar-0003.png large.png --scale 4`

    `nijigen enlarge avatars large` — every picture of a folder, those in folders below it as well

    `nijigen enlarge scan.webp scan-large.webp --method lanczos` — without a network
    """
    from nijigen.data.folder_work import check_folders, target_of
    from nijigen.enlarge.enlarger import check_scale, open_enlarger
    from nijigen.enlarge.work import enlarge_folder, enlarge_one
    from nijigen.machine import prepare_machine

    check_scale(scale)
    if not source.exists():
        raise NijigenError(f"{source} does not exist: give a picture or a folder of them")
    many = source.is_dir()
    if many:
        check_folders(source, out, "enlarged")
    target = out if many else target_of(source, out, "the enlarged picture")
    prepare_machine(threads)
    silent = quiet or json
    said, tell = told(silent)
    enlarger = open_enlarger(method, device, tell)
    if many:
        rows = enlarge_folder(enlarger, source, out, scale, silent)
    else:
        rows = [enlarge_one(enlarger, source, target, scale, silent)]
    how = f"enlarged {scale} times by {enlarger.method}"
    lines = lines_of(rows, target, many, how)
    facts = {"method": enlarger.method, "weights": enlarger.weights, "scale": scale, "notes": said}
    report({**facts, "pictures": [asdict(row) for row in rows]}, lines, json, quiet)
