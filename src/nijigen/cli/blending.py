"""The verb that makes one model of two: blend."""

from pathlib import Path
from typing import Annotated, cast

import typer

from nijigen.cli.app import AsJson, Device, ModelText, Quiet, SeedText, Threads, app
from nijigen.errors import NijigenError
from nijigen.terminal import report


@app.command()
def blend(
    one: ModelText,
    other: ModelText,
    out: Annotated[Path, typer.Option(help="Where to: NAME.safetensors; NAME becomes the model's.")] = Path(
        "blended.safetensors"
    ),
    at: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="From features of this size on OTHER's weights, below ONE's.")
    ] = None,
    ramp: Annotated[int, typer.Option(help="With --at: resolutions that OTHER's share takes to rise.")] = 0,
    curve: Annotated[str, typer.Option(help="How it rises: linear or smooth.")] = "linear",
    share: Annotated[
        float | None, typer.Option(help="Of OTHER, 0 to 1: of all weights; with --at of those from there on.")
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(help="Whose latents and words: one, other or mix; by default one with --at, mix without."),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Also write a PNG: a row of ONE, of the blend and of OTHER.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", help="Columns of the sheet.")] = 8,
    seed: SeedText = "0",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Blend two models of which one was trained from the other, or both from a third.

    `nijigen blend chibi runs/retro --at 16 --out blended.safetensors --sheet blended.png` — shapes of the first, lines
    and colours of the second

    `nijigen blend chibi runs/retro --at 16 --ramp 2 --curve smooth`

    `nijigen blend chibi runs/retro --share 0.5` — every weight half way

    Coarse features decide shapes, fine ones lines and colours. The result is a model like any other.
    """
    from nijigen.edit.blending import Curve, Mixture, Way
    from nijigen.engine.blending import blend_models, check_columns, show_blend
    from nijigen.engine.model import load
    from nijigen.files import check_writable
    from nijigen.images.png import write_png
    from nijigen.images.source import SourceType

    if sheet is not None:  # before the model is written
        if sheet.suffix.lower() != ".png":
            raise NijigenError(f"--sheet {sheet}: a sheet is a .png; give such a name")
        check_writable(sheet)
        check_columns(count)
    way = Way(at, ramp, cast(Curve, curve), share, cast(Mixture | None, mapping))
    made = blend_models(one, other, out, way)
    facts, lines = made.as_dict(), [made.line()]
    if sheet is not None:
        models = [load(str(model), device, threads) for model in (one, out, other)]
        write_png(sheet, show_blend(models[0], models[1], models[2], count, seed), source=SourceType.TRAINED)
        facts["sheet"] = str(sheet)
        lines.append(f"{sheet}: above {made.one}, in the middle the blend, below {made.other}")
    report(facts, lines, json, quiet)
