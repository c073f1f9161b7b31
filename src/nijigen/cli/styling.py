"""The verb that paints a picture like others: style, by optimisation or by a painter in one pass."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nijigen.cli.app import AsJson, Device, Quiet, SeedText, Threads, app
from nijigen.errors import NijigenError
from nijigen.terminal import notes, plain_words, report

if TYPE_CHECKING:
    from nijigen.faststyle.work import FastJob
    from nijigen.style.settings import Settings

# Settings of the optimisation that a painter has no use for.
SLOW = ("steps", "scales", "optimizer", "content_weight", "style_weight", "tv_weight", "start", "style_layers",
        "content_layers", "seed")  # fmt: skip


@app.command()
def style(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The picture that is painted.")],
    styles: Annotated[list[Path], typer.Argument(metavar="STYLE…", help="Pictures that it is painted like.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write: .png, .webp or .jpg.")],
    fast: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Paint in one pass, by a painter that you trained (recipes adaattn-…)."),
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="With --fast: 0 is the picture, 1 what is painted, and between is between.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="Pixels of the longer side; by default the picture's own, at most 512 (--fast: its own)."),
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps at the smallest scale; half as many at each larger one.")] = 100,
    scales: Annotated[
        int | None, typer.Option(help="Sizes painted one after the other, 1 to 6; by default from 128 px on.")
    ] = None,
    optimizer: Annotated[str, typer.Option(help="lbfgs or adam.")] = "lbfgs",
    content_weight: Annotated[float, typer.Option(help="How much the content counts.")] = 1.0,
    style_weight: Annotated[float, typer.Option(help="How much the style counts.")] = 3.0,
    tv_weight: Annotated[float, typer.Option(help="How much smoothness counts (total variation).")] = 1.0,
    start: Annotated[str, typer.Option(help="Start from content, noise or style.")] = "content",
    style_mix: Annotated[
        str | None, typer.Option(metavar="0.7,0.3", help="The share of each style; by default alike.")
    ] = None,
    style_size: Annotated[
        int | None, typer.Option(help="Longer side of the styles; larger makes larger strokes. By default as --size.")
    ] = None,
    mask: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="White is painted, black stays; give one, or one for each style."),
    ] = None,
    colours: Annotated[
        str,
        typer.Option(help="Whose: style; content (the style is recoloured first); luminance (only lightness changes)."),
    ] = "style",
    preview: Annotated[
        Path | None, typer.Option(help="Also write the way there as .webp, .gif, .png, .mp4 or .webm.")
    ] = None,
    every: Annotated[int | None, typer.Option(help="Steps from frame to frame of --preview.")] = None,
    sweep: Annotated[
        int | None, typer.Option(metavar="N", help="Write a strip (.png, 256 px high or wide) of N style weights.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A VGG19 of your own (.safetensors); by default found.")
    ] = None,
    pooling: Annotated[str, typer.Option(help="Of VGG19: average, as the paper advises, or max.")] = "average",
    style_layers: Annotated[str, typer.Option(metavar="conv1_1,…", help="Layers that say what style is.")] = "",
    content_layers: Annotated[str, typer.Option(metavar="conv3_2,…", help="Layers that say what content is.")] = "",
    seed: SeedText = "0",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Paint a picture like one or several others (Gatys et al.): its content, their strokes and colours.

    `nijigen style photo.jpg drawing.png painted.png`

    `nijigen style avatar.png wave.jpg painted.png --colours content --preview way.webp` — keeps its own colours

    `nijigen style avatar.png a.png b.png both.png --style-mix 0.7,0.3 --mask left.png --mask right.png`

    `nijigen style avatar.png wave.jpg strip.png --sweep 5` — how much style? Look, then choose --style-weight

    `nijigen style photo.jpg drawing.png painted.png --fast runs/painter` — by a model, in a second or so; takes --size,
    --style-mix, --style-size, --colours and --strength

    Needs the weights of VGG19, which do not come with nijigen (`nijigen weights`).
    """
    from nijigen.faststyle.settings import FastSettings
    from nijigen.faststyle.work import open_fast_job
    from nijigen.features.vgg import find_vgg, read_vgg
    from nijigen.files import sha256_file
    from nijigen.machine import choose_device, place, prepare_machine
    from nijigen.style.settings import Settings, read_layers, read_shares
    from nijigen.style.work import check_names, open_job, paint_file, sweep_file

    settings = Settings(
        size=size,
        steps=steps,
        scales=scales,
        optimizer=optimizer,
        content_weight=content_weight,
        style_weight=style_weight,
        tv_weight=tv_weight,
        start=start,
        mix=read_shares(style_mix),
        style_size=style_size,
        colours=colours,
        style_layers=read_layers(style_layers),
        content_layers=read_layers(content_layers),
        seed=seed,
    )
    masks, silent = mask or [], quiet or json
    check_names([content, *styles, *masks], out, sweep is not None, preview)
    if fast is not None:
        others = {"mask": masks, "preview": preview, "every": every, "sweep": sweep, "network": network}
        _refuse_slow(settings, others, pooling)
        wanted = FastSettings(size, 1.0 if strength is None else strength, settings.mix, style_size, colours)
        _paint_fast(fast, open_fast_job(content, styles, wanted), out, device, threads, quiet, json)
        return
    if strength is not None:
        raise NijigenError("--strength is of a painter (--fast MODEL): without one use --style-weight")
    job = open_job(content, styles, masks, settings)
    chosen = choose_device(device)
    prepare_machine(threads, chosen)
    file = network or find_vgg(None if silent else lambda line: print(line, file=sys.stderr))
    looking = place(read_vgg(file, pooling), chosen)
    facts: dict[str, Any] = {
        "network": {"file": file.name, "sha256": sha256_file(file)},
        "settings": settings.as_dict(),
    }
    if sweep is not None:
        facts |= sweep_file(looking, job, out, sweep, silent)
        last = facts["pictures"][-1]
        said = f"{out}: {sweep} pictures of {last['size'][0]}x{last['size'][1]} pixels, from little style to much"
    else:
        facts |= paint_file(looking, job, out, preview, every, silent)
        before, after = facts["before"], facts["after"]
        said = (
            f"{out}: {facts['size'][0]}x{facts['size'][1]} pixels; distance to the style {before['style']:.2f} → "
            f"{after['style']:.2f}, to the content 0 → {after['content']:.2f}"
        )
    notes((plain_words(note) for note in facts["notes"]), silent)
    report(facts, [plain_words(said), *([f"{preview}: the way there"] if preview else [])], json, quiet)


def _refuse_slow(settings: "Settings", others: Mapping[str, object], pooling: str) -> None:
    """Refuse flags that mean nothing to a painter."""
    from nijigen.style.settings import Settings

    usual = Settings()
    said = [name for name in SLOW if str(getattr(settings, name)) != str(getattr(usual, name))]
    said += [name for name, value in others.items() if value] + ["pooling"] * (pooling != "average")
    if said:
        flag = f"--{said[0].replace('_', '-')}"
        raise NijigenError(
            f"{flag} is of painting step by step, and a painter (--fast) takes one: leave one of them out"
        )


def _paint_fast(
    model: str, job: "FastJob", out: Path, device: str, threads: int | None, quiet: bool, json: bool
) -> None:
    from nijigen.engine.painters import open_painter
    from nijigen.faststyle.work import paint_file_fast
    from nijigen.machine import choose_device, prepare_machine

    chosen, silent = choose_device(device), quiet or json
    prepare_machine(threads, chosen)
    painter = open_painter(model, chosen, None if silent else lambda line: print(line, file=sys.stderr))
    facts = paint_file_fast(painter, job, out, silent)
    notes((plain_words(note) for note in facts["notes"]), silent)
    said = f"{out}: {facts['size'][0]}x{facts['size'][1]} pixels, painted in one pass by {model}"
    report(facts, [plain_words(said)], json, quiet)
