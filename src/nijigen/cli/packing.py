"""The verb that makes one small file of a model: pack."""

import json as parser
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from nijigen.cli.app import AsJson, ModelText, Quiet, app
from nijigen.errors import NijigenError
from nijigen.terminal import report


@app.command()
def pack(
    model: ModelText,
    file: Annotated[Path, typer.Argument(help="Where to: NAME.safetensors; NAME becomes the model's.")],
    precision: Annotated[str, typer.Option(help="Of the weights: half (float16) or full (float32).")] = "half",
    rows: Annotated[int, typer.Option(help="Label rows to keep, for attributes that nobody asks for.")] = 1024,
    facts: Annotated[
        Path | None, typer.Option(help="A JSON object for its card, like the evaluation.json of evaluate --out.")
    ] = None,
    note: Annotated[
        str | None, typer.Option(help="For its card: what whoever uses it should know, such as its limits.")
    ] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make one small file of a model, to bundle or to send, and say how far its avatars are from the model's own.

    `nijigen pack runs/faces faces.safetensors`

    `nijigen pack runs/faces faces.safetensors --facts judged/evaluation.json` — with what `evaluate --out judged` found
    """
    from nijigen.engine.packing import Precision
    from nijigen.engine.packing import pack as pack_model

    told: dict[str, Any] = {} if facts is None else {"metrics": _read(facts)}
    if note:
        told["note"] = note
    found = pack_model(model, file, precision=cast(Precision, precision), rows=rows, facts=told)
    report(found.as_dict(), [found.line()], json, quiet)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = parser.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NijigenError(f"cannot read --facts {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise NijigenError(f"--facts {path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise NijigenError(f"--facts {path} is no JSON object: give one like evaluation.json")
    return found
