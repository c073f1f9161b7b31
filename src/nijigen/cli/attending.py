"""The verb that draws what a model's self-attention looks at: attention."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, ModelText, Quiet, SeedText, Sets, Threads, app
from nijigen.terminal import report


@app.command()
def attention(
    model: ModelText,
    count: Annotated[int, typer.Option("-n", "--count", help="How many avatars.")] = 4,
    seed: SeedText = "0",
    set_: Sets = None,
    at: Annotated[int | None, typer.Option(help="Only layers whose features have this resolution.")] = None,
    points: Annotated[int, typer.Option(help="How many places ask what they look at.")] = 5,
    out: Annotated[Path, typer.Option(help="Where to write the picture.")] = Path("attention.png"),
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Draw what a model's self-attention looks at while it makes avatars.

    `nijigen attention runs/faces -n 6 --seed 3`
    """
    from nijigen.engine.attention import attention_layers, draw_attention
    from nijigen.engine.model import load
    from nijigen.images.png import write_png
    from nijigen.images.source import SourceType

    loaded = load(model, device, threads)
    attributes = loaded.schema.parse(",".join(set_ or []))
    pictures, layers = attention_layers(loaded, count, seed, at=at, points=points, attributes=attributes)
    write_png(out, draw_attention(pictures, layers), source=SourceType.TRAINED)
    facts = [
        {"resolution": layer.resolution, "strength": round(layer.gamma, 4), "breadth": round(layer.breadth, 4)}
        for layer in layers
    ]
    many = "1 layer" if len(layers) == 1 else f"{len(layers)} layers"
    report({"file": str(out), "layers": facts}, [f"{out}: {many} of attention"], json, quiet)
