"""The verb that finds a picture again in the latent space of a model: project."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, ModelName, Quiet, SeedText, Sets, Threads, app
from nijigen.cli.sources import keep_sources
from nijigen.errors import NijigenError
from nijigen.store import DEFAULT_MODEL
from nijigen.terminal import notes, report


@app.command()
def project(
    picture: Annotated[Path, typer.Argument(help="Any picture with a face, made by nijigen or not.")],
    model: ModelName = DEFAULT_MODEL,
    space: Annotated[
        str | None,
        typer.Option(help="w+ (a row for each layer), w (one row) or z (noise); by default the widest there is."),
    ] = None,
    set_: Sets = None,
    align: Annotated[bool, typer.Option("--align/--no-align", help="Cut the face out, or take it whole.")] = True,
    margin: Annotated[float, typer.Option(help="Around the face, as a share of its side.")] = 0.25,
    noise: Annotated[
        bool, typer.Option("--noise/--no-noise", help="Also look for per-pixel noise, where the model has some.")
    ] = True,
    steps: Annotated[int, typer.Option(help="Of the search; more come nearer, up to a point.")] = 300,
    seed: SeedText = "0",
    state: Annotated[
        Path | None, typer.Option(help="A .safetensors: the search is kept in it, and goes on if run again.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="Also show the search: a .webp, .gif, .png (animated), .mp4 or .webm.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the avatar goes: a .png or .webp.")] = Path("projected.png"),
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """The avatar of a model that is nearest to a picture, to be edited like any other.

    `nijigen project face.png --out me.png`

    `nijigen project face.png --set hair_color=pink --steps 600 --video search.webp --out me.png`

    `nijigen project large.png --model runs/faces --space w --state search.safetensors` — run again it goes on

    Its birth certificate holds what was found: `nijigen recreate`, `edit`, `vary`, `mix` and `morph` take it. How near
    it is is told in dB: from 30 on the eye has to look for the difference.
    """
    from nijigen.avatar import check_name
    from nijigen.engine.model import load
    from nijigen.engine.picture import open_picture
    from nijigen.engine.projecting import check_search, frames_of
    from nijigen.engine.projecting import project as find
    from nijigen.files import check_writable, write_bytes
    from nijigen.images.animation import check_animation, encode_animation
    from nijigen.images.source import SourceType

    check_name(out)
    keep_sources(out, picture)
    if video is not None:
        keep_sources(video, picture)
        check_animation(video)
        check_writable(video)
        if video.resolve() == out.resolve():
            raise NijigenError(f"--video {video} is where the avatar goes (--out): choose another name")
    loaded = load(model, device, threads)
    check_search(loaded, space, steps, state)
    words = loaded.schema.parse(",".join(set_ or []))
    opened = open_picture(picture, loaded, align, margin)
    notes(opened.notes, quiet)
    found = find(
        opened.image,
        loaded,
        space=space,
        steps=steps,
        seed=seed,
        attributes=words,
        noise=noise,
        state=state,
        quiet=quiet or json,
    )
    notes(found.notes, quiet)
    path = found.avatar.save(out)
    facts = {
        "file": str(path),
        "psnr": round(found.likeness, 2),
        "space": found.space,
        "steps": steps,
        "aligned": opened.aligned,
        "attributes": found.avatar.attributes,
    }
    if video is not None:
        film = encode_animation(video, frames_of(found, loaded), fps=20, scale=2, source=SourceType.TRAINED)
        facts["video"] = str(write_bytes(video, film))
    report(facts, [f"{path}: {found.likeness:.1f} dB from {picture}, in {found.space}"], json, quiet)
