"""The verb that makes a model of another project's checkpoint: import."""

from pathlib import Path
from typing import Annotated, cast

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help=".pkl of NVlabs, .pt of rosinality or lucidrains, or a name that nijigen weights lists."),
    ],
    out: Annotated[Path, typer.Argument(help="Where to: NAME.safetensors; NAME becomes the model's.")],
    layout: Annotated[str, typer.Option(help="Whose it is: auto, nvlabs, rosinality or lucidrains.")] = "auto",
    as_network: Annotated[
        str, typer.Option("--as-network", help="G_ema, the average over training, or G, as training left it.")
    ] = "G_ema",
    name: Annotated[str | None, typer.Option(help="Of the model, if not that of OUT.")] = None,
    licence: Annotated[str | None, typer.Option(help="The licence of the weights, for the card.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="TEXT", help="Where the weights are from, for the card.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Names of the classes of a conditional network: a text file, one a line.")
    ] = None,
    attribute: Annotated[str, typer.Option(help="What the classes are values of.")] = "class",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make a model of a checkpoint of another project, without running anything in it.

    `nijigen import network-snapshot-025000.pkl portraits.safetensors --licence CC0-1.0`

    `nijigen import 550000.pt faces.safetensors --layout rosinality --source https://example.org/faces`

    `nijigen import conditional.pkl figures.safetensors --labels names.txt --attribute figure` — then
    `nijigen generate --model figures.safetensors --set figure=rem`

    What such files hold beside numbers (source text, calls of functions) is never run. docs/interop.md says what is
    read and what is not.
    """
    from nijigen.interop.importing import import_model
    from nijigen.interop.layouts import Layout, Network

    made = import_model(
        file,
        out,
        layout=cast(Layout, layout),
        network=cast(Network, as_network),
        name=name,
        licence=licence,
        source=source,
        labels=labels,
        attribute=attribute,
        quiet=quiet or json,
    )
    report(made.as_dict(), made.lines(), json, quiet)
