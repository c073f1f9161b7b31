"""The verb that moves from avatar to avatar: morph."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.cli.app import AsJson, Device, ModelOf, Quiet, Threads, app
from nijigen.cli.sources import keep_sources, open_avatar
from nijigen.terminal import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nijigen.images.sheet import Pixels


@app.command()
def morph(
    files: Annotated[list[Path], typer.Argument(help="Avatars of one model, two or more.")],
    out: Annotated[Path, typer.Option(help="A .webp, .gif, .png (animated), .mp4 or .webm.")] = Path("morph.webp"),
    frames: Annotated[int, typer.Option(help="From each avatar to the next.")] = 24,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 24,
    easing: Annotated[str, typer.Option(help="smooth, linear, sine, or hold (rests at each avatar).")] = "smooth",
    loop: Annotated[bool, typer.Option("--loop/--no-loop", help="Back to the first, without a seam.")] = True,
    scale: Annotated[int, typer.Option(help="Enlarge by a whole number.")] = 1,
    model: ModelOf = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """An animation from avatar to avatar.

    `nijigen morph avatars/avatar-0000.png avatars/avatar-0001.png avatars/avatar-0002.png --out faces.webp`
    """
    from nijigen.engine.morphing import count_frames
    from nijigen.engine.morphing import morph as frames_of
    from nijigen.files import check_writable, write_bytes
    from nijigen.images.animation import check_animation, encode_animation
    from nijigen.images.source import SourceType
    from nijigen.progress import track

    check_animation(out)
    check_writable(out)
    first = open_avatar(files[0], model, device, threads, quiet or json)
    stops = [first, *(open_avatar(file, first.model, silent=quiet or json) for file in files[1:])]
    keep_sources(out, *files)
    total = count_frames(len(stops), frames, loop)
    with track(total, "frames", unit="frames", quiet=quiet or json) as bar:

        def counted() -> "Iterator[Pixels]":
            for frame in frames_of(stops, frames, loop, easing):
                yield frame
                bar.advance()

        write_bytes(out, encode_animation(out, counted(), fps, scale, source=SourceType.TRAINED))
    report({"file": str(out), "frames": total}, [f"{total} frames in {out}"], json, quiet)
