"""The verbs of learning: train, bench, recipes, models."""

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nijigen.cli.app import AsJson, Device, Quiet, RecipeSets, Threads, app
from nijigen.errors import NijigenError
from nijigen.terminal import read_count, report

DOING = {"translator": " (translates photos)", "painter": " (paints one picture like another)"}


@app.command()
def train(
    dataset: Annotated[
        str | None, typer.Argument(help="A folder written by prepare, or an address like s3://bucket/faces.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A name (see nijigen recipes) or a .toml file; by default dcgan-64.")
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="Begin from a model: its networks, and what fits of its weights."),
    ] = None,
    photos: Annotated[
        str | None, typer.Option(metavar="DATASET", help="For recipes that translate or paint: what is to be redrawn.")
    ] = None,
    drawings: Annotated[str | None, typer.Option(metavar="DATASET", help="And what it is to look like.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; by default runs/RECIPE-DATASET.")] = None,
    set_: RecipeSets = None,
    images: Annotated[str | None, typer.Option(help="Length in real images seen: 200000, 200k or 2M.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Length in rounds through the data set.")] = None,
    seed: Annotated[str | None, typer.Option(help="Instead of the recipe's; an integer, or any text.")] = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Train a recipe on a data set, or one that translates or paints on photos and drawings.

    Ctrl-C saves; run the same again and it goes on, bit for bit.

    `nijigen train faces --recipe dcgan-64 --out runs/faces`

    `nijigen train faces --recipe dcgan-64 --set resolution=32 --images 200k`

    `nijigen train my-200-pictures --from runs/faces --recipe few-shot` — fine-tuning

    `nijigen train my-style --from chibi --recipe adapt` — another style, from 10 to 100 pictures

    `nijigen train --recipe cartoongan-64 --photos photos --drawings faces` — photos become drawings

    `nijigen train --recipe adaattn-64 --photos photos --drawings faces` — any picture painted like any other
    """
    from nijigen.seeds import seed_number
    from nijigen.training.start import train as train_run

    length = None if images is None else read_count(images, "--images")
    trained = train_run(
        dataset,
        recipe,
        out,
        set_ or [],
        images=length,
        epochs=epochs,
        seed=None if seed is None else seed_number(seed),
        device=device,
        threads=threads,
        quiet=quiet or json,
        start=from_,
        photos=photos,
        drawings=drawings,
    )
    facts = {"run": str(trained.run), "model": str(trained.model), "images": trained.images}
    report({**facts, "stopped_by": trained.stopped_by}, [], json, quiet)
    if trained.stopped_by:
        sys.exit(128 + getattr(signal, trained.stopped_by))  # as a shell counts; all is said and saved


@app.command()
def bench(
    recipe: Annotated[str, typer.Argument(help="A name (see nijigen recipes) or a .toml file.")],
    set_: RecipeSets = None,
    labels: Annotated[int, typer.Option(help="Width of made-up labels; 0: unconditional.")] = 23,
    seconds: Annotated[float, typer.Option(help="For about so long.")] = 10.0,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Measure how fast a recipe trains here: images/s, ms per phase, memory, share of the machine's matrix peak.

    `nijigen bench stylegan2-64`

    `nijigen bench dcgan-64 --set network.width=32 --set batch=16`
    """
    from nijigen.training.bench import bench as measure

    measured = measure(
        recipe,
        tuple(set_ or []),
        labels=labels,
        device=device,
        threads=threads,
        seconds=seconds,
        quiet=quiet or json,
    )
    report(measured.as_dict(), measured.lines(), json, quiet)


@app.command()
def recipes(json: AsJson = False) -> None:
    """List the recipes that come with nijigen: what each is for and what it costs here.

    `nijigen recipes`

    `nijigen recipes --json`

    Parameters, operations and memory are counted; time and images/s are estimated from the speed of a matrix product on
    this machine. `nijigen bench stylegan2-64` measures.
    """
    import shutil

    from nijigen.training.listing import list_recipes
    from nijigen.training.recipe_table import table_lines

    rows = list_recipes()
    report(rows, table_lines(rows, shutil.get_terminal_size((100, 24)).columns), json)


@app.command()
def models(json: AsJson = False) -> None:
    """List the models that can be named: in NIJIGEN_MODELS, bundled, in runs/ here, and pulled from the Hub.

    `nijigen models`

    `nijigen models --json`
    """
    from nijigen.store import named_models, read_card

    rows: list[dict[str, Any]] = []
    lines = []
    for name, path in named_models():
        try:
            card = read_card(path)
        except NijigenError as error:  # one damaged file must not hide the others
            rows.append({"name": name, "path": str(path), "error": str(error)})
            lines.append(f"{name:24} {error}")
            continue
        row = {key: card.get(key) for key in ("family", "resolution", "images_seen", "licence", "digest")}
        kind = card.get("kind", "avatars")
        rows.append({"name": name, "kind": kind, **row, "path": str(path)})
        seen = f"{row['images_seen']:,}" if isinstance(row["images_seen"], int) else "?"
        facts = f"{row['family']!s:10} {row['resolution']!s:>5} px  {seen:>11} images"
        lines.append(f"{name:24} {facts}  {path}" + DOING.get(kind, ""))
    report({"models": rows}, lines or ["no models yet: nijigen train makes one"], json)
