"""The verbs of judging: evaluate, compare."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Device, ModelText, Quiet, SeedText, Threads, app
from nijigen.terminal import read_count, report

DataText = Annotated[str, typer.Argument(help="A folder written by prepare, or an address like s3://bucket/faces.")]
Samples = Annotated[str, typer.Option(help="Pictures made of a model: 5000 or 10k.")]
Features = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="What looks at pictures: labeler, inception, or an .onnx.")
]
Metrics = Annotated[
    str | None,
    typer.Option(help="Of frechet,kernel,sliced,coverage,path,attributes,diversity,memorisation; by default all."),
]
References = Annotated[str, typer.Option(help="Pictures of the data set looked at, at most.")]
HeldOut = Annotated[
    str | None, typer.Option(help="A data set no model has seen: how near unseen pictures come to the training's.")
]
Truncation = Annotated[float | None, typer.Option(help="Toward the mean: 1 is none, 0.7 safer and plainer.")]


@app.command()
def evaluate(
    model: ModelText,
    dataset: DataText,
    samples: Samples = "10k",
    features: Features = "labeler",
    metrics: Metrics = None,
    truncation: Truncation = None,
    sweep: Annotated[
        bool, typer.Option("--truncation-sweep", help="Quality against diversity: many truncations, one curve.")
    ] = False,
    references: References = "50k",
    held_out: HeldOut = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for evaluation.json, sheet.png, pairs.png and the sweep's curve.png.")
    ] = None,
    seed: SeedText = "0",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Measure how good a model is: distances, coverage, attributes, diversity, copies. Same seed, same digits.

    `nijigen evaluate runs/faces faces`

    `nijigen evaluate runs/faces faces --samples 2000 --metrics kernel,attributes`

    `nijigen evaluate runs/faces faces --truncation-sweep --out judged`
    """
    from nijigen.evaluate.evaluation import Judge
    from nijigen.evaluate.sweep import sweep_truncation

    judge = Judge(
        dataset,
        samples=read_count(samples, "--samples"),
        features=features,
        metrics=_names(metrics),
        seed=seed,
        device=device,
        threads=threads,
        references=read_count(references, "--references"),
        held_out=held_out,
        quiet=quiet or json,
        say=lambda text: print(text, flush=True),
    )
    if sweep:
        swept = sweep_truncation(judge, model, truncation)
        written = swept.write(out) if out is not None else []
        report(
            swept.as_dict() | {"files": [str(path) for path in written]}, [*swept.lines(), *_look(written)], json, quiet
        )
        return
    found = judge.judge(model, truncation)
    written = found.write(out) if out is not None else []
    facts = found.as_dict() | {"files": [str(path) for path in written]}
    report(facts, [*found.lines(), *_look(written)], json, quiet)


@app.command()
def compare(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL... DATASET", help="Two models or more, then a data set.")
    ],
    samples: Samples = "10k",
    features: Features = "labeler",
    metrics: Metrics = None,
    truncation: Truncation = None,
    references: References = "50k",
    held_out: HeldOut = None,
    out: Annotated[Path | None, typer.Option(help="Folder for comparison.json and sheet.png.")] = None,
    seed: SeedText = "0",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Set models side by side: one table, one sheet, the same seeds and labels for all.

    `nijigen compare runs/faces runs/faces-wider faces --samples 5000 --out compared`
    """
    from nijigen.evaluate.comparing import compare_models

    *names, dataset = models
    found = compare_models(
        names,
        dataset,
        truncation=truncation,
        samples=read_count(samples, "--samples"),
        features=features,
        metrics=_names(metrics),
        seed=seed,
        device=device,
        threads=threads,
        references=read_count(references, "--references"),
        held_out=held_out,
        quiet=quiet or json,
        say=lambda text: print(text, flush=True),
    )
    written = found.write(out) if out is not None else []
    facts = found.as_dict() | {"files": [str(path) for path in written]}
    report(facts, [*found.lines(), *_look(written)], json, quiet)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _look(written: list[Path]) -> list[str]:
    return [f"look at {', '.join(str(path) for path in written)}"] if written else []
