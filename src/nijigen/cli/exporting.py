"""The verb that takes a model to other programs: export."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, ModelText, Quiet, Threads, app
from nijigen.errors import NijigenError, did_you_mean
from nijigen.terminal import report

TARGETS = ("onnx", "web")


@app.command()
def export(
    model: ModelText,
    to: Annotated[
        str, typer.Option("--to", help="onnx: networks for other programs. web: a page that runs it.")
    ] = "onnx",
    out: Annotated[Path | None, typer.Option(help="The folder; by default NAME-onnx or web-NAME here.")] = None,
    precision: Annotated[
        str, typer.Option(help="Of the weights: fp32, fp16 (for graphics chips) or int8 (a quarter of the size).")
    ] = "fp32",
    webgpu: Annotated[
        bool, typer.Option("--webgpu", help="For --to web: use graphics chips where a browser has one; 7 MB more.")
    ] = False,
    runtime: Annotated[
        Path | None,
        typer.Option(metavar="TGZ", help="For --to web: onnxruntime-web as npm packs it, instead of asking npm."),
    ] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Write a model for other programs, and compare what it makes there with what it makes here.

    `nijigen export chibi --to onnx` — mapping.onnx, synthesis.onnx and card.json in chibi-onnx

    `nijigen export runs/faces --to onnx --precision int8 --out faces-small`

    `nijigen export chibi --to web` — a static page in web-chibi; `nijigen preview web-chibi` shows it
    """
    if to not in TARGETS:
        raise NijigenError(f"--to {to}{did_you_mean(to, TARGETS)}: use {' or '.join(TARGETS)}")
    if to == "web":
        _to_web(model, out, precision, webgpu, runtime, threads, quiet, json)
        return
    if webgpu or runtime is not None:
        raise NijigenError(f"{'--webgpu' if webgpu else '--runtime'} is for --to web: leave it out")
    _to_onnx(model, out, precision, threads, quiet, json)


def _to_onnx(model: str, out: Path | None, precision: str, threads: int | None, quiet: bool, json: bool) -> None:
    from nijigen.export.folder import export_model, steps
    from nijigen.machine import prepare_machine
    from nijigen.progress import track

    prepare_machine(threads)
    with track(steps(precision), "comparing", unit="inputs", quiet=quiet or json) as bar:
        made = export_model(model, out, precision, bar.advance)
    report(made.as_dict(), made.lines(), json, quiet)


def _to_web(
    model: str, out: Path | None, precision: str, webgpu: bool, runtime: Path | None, threads: int | None,
    quiet: bool, json: bool,
) -> None:  # fmt: skip
    from nijigen.export.folder import steps
    from nijigen.export.web.exporting import export_site
    from nijigen.machine import prepare_machine
    from nijigen.progress import track
    from nijigen.terminal import notes

    def tell(line: str) -> None:
        notes([line], quiet or json)

    prepare_machine(threads)
    with track(steps(precision), "comparing", unit="inputs", quiet=quiet or json) as bar:
        site, made = export_site(model, out, precision, webgpu=webgpu, runtime=runtime, step=bar.advance, tell=tell)
    facts = {**made.as_dict(), **site.as_dict()}
    report(facts, [*site.lines(), *made.lines()[1:]], json, quiet)
