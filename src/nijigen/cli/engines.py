"""The verb that measures the ways to compute with a model: engines."""

from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, ModelText, Quiet, Threads, app
from nijigen.terminal import report


@app.command()
def engines(
    model: ModelText,
    compiled: Annotated[bool, typer.Option("--compiled", help="Also torch.compile; it takes a minute.")] = False,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Measure how fast the engines make a model's avatars here; `--engine auto` then knows it.

    `nijigen engines chibi`

    `nijigen engines runs/faces --compiled --threads 1`
    """
    from nijigen.engine.choosing import BATCHES, MEASURED, ROUNDS
    from nijigen.engine.engines import ENGINES
    from nijigen.engine.model import load
    from nijigen.progress import track

    loaded, names = load(model, device, threads), ENGINES if compiled else MEASURED
    with track(len(names) * len(BATCHES) * ROUNDS, "measuring", unit="batches", quiet=quiet or json) as bar:
        found = loaded.engines.measure(names, step=bar.advance)
    plain = found["torch"].batches
    lines = [f"{'engine':10}" + "".join(f"{f'batch {size}':>26}" for size in BATCHES)]
    for name, timing in found.items():
        cells = [
            f"{1000 * seconds / size:10.2f} ms each, {plain[size] / seconds:4.2f} x"
            for size, seconds in timing.batches.items()
        ]
        lines.append(f"{name:10}" + "".join(f"{cell:>26}" for cell in cells))
    lines += [f"{name}: not here" for name in names if name not in found]
    facts = {name: {"ready": one.ready, "seconds": one.batches} for name, one in found.items()}
    report({"model": loaded.digest, "engines": facts}, lines, json, quiet)
