"""The verb that paints a picture like others: style."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nijigen.cli.app import AsJson, Device, Quiet, SeedText, Threads, app
from nijigen.terminal import notes, plain_words, report


@app.command()
def style(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The picture that is painted.")],
    styles: Annotated[list[Path], typer.Argument(metavar="STYLE…", help="Pictures that it is painted like.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write: .png, .webp or .jpg.")],
    size: Annotated[
        int | None, typer.Option(help="Pixels of the longer side; by default the picture's own, at most 512.")
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

    Needs the weights of VGG19, which do not come with nijigen (`nijigen weights`).
    """
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
