"""The verbs of labels: train-labeler teaches a network to read attributes, label asks it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nijigen.cli.app import AsJson, Quiet, SeedText, Threads, app
from nijigen.errors import NijigenError
from nijigen.terminal import plain_words, read_count, report


@app.command("train-labeler")
def train_labeler(
    dataset: Annotated[str, typer.Argument(help="A folder written by prepare, with labels.")],
    out: Annotated[Path, typer.Option(help="File of the labeler.")] = Path("labeler.safetensors"),
    images: Annotated[
        str | None, typer.Option(help="Length in pictures seen, like 100k; by default 12 rounds, 60k to 240k.")
    ] = None,
    seed: SeedText = "0",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Teach a small network to read the attributes of a data set: minutes, on a CPU.

    `nijigen train-labeler datasets/faces --out faces-labeler.safetensors`

    `nijigen evaluate runs/faces datasets/faces --features faces-labeler.safetensors`
    """
    from dataclasses import asdict

    from nijigen.data import Dataset
    from nijigen.engine.labelling import teach_from
    from nijigen.machine import prepare_machine
    from nijigen.seeds import seed_number

    prepare_machine(threads)
    length = None if images is None else read_count(images, "--images")
    taught = teach_from(Dataset.open(dataset), out, seen=length, seed=seed_number(seed), quiet=quiet or json)
    width = max(len(head.name) for head in taught.heads)
    mean = sum(head.right for head in taught.heads) / len(taught.heads)
    lines = [f"{'':{width}}    right  chance  of held-out pictures"]
    lines += [f"{head.name:{width}}  {head.right:7.1%} {head.chance:7.1%}  {head.count:,}" for head in taught.heads]
    lines += [f"{'mean':{width}}  {mean:7.1%}", *(f"left out: {line}" for line in taught.left_out)]
    lines += [f"{out}: {taught.seen:,} pictures seen in {taught.seconds / 60:.1f} minutes"]
    facts = {
        "file": str(out),
        "mean": mean,
        "held_out": [asdict(head) for head in taught.heads],
        "left_out": taught.left_out,
        "seen": taught.seen,
    }
    report(facts, lines, json, quiet)


@app.command()
def label(
    pictures: Annotated[list[str], typer.Argument(help="Files, folders, zips or data sets.")],
    labeler: Annotated[
        Path | None, typer.Option(help="A file by train-labeler; by default the one that comes with nijigen.")
    ] = None,
    least: Annotated[float, typer.Option(help="Confidence that a label needs; what is less sure stays unknown.")] = 0.9,
    csv: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a table that prepare --labels takes.")] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Say what pictures show, and leave unknown what is not sure.

    The labeler that comes with nijigen knows the drawings of nijigen and what models made of them. Pictures of another
    kind get no labels: teach one with train-labeler for those.

    `nijigen label avatars --least 0.95`

    `nijigen label my-pictures --labeler faces-labeler.safetensors --csv labels.csv`

    `nijigen prepare my-pictures faces --labels labels.csv`
    """
    from nijigen.engine.labelling import label_pictures, write_csv
    from nijigen.features.labeler import load_labeler
    from nijigen.machine import prepare_machine

    if csv is not None and csv.suffix.lower() != ".csv":
        raise NijigenError(f"--csv {csv}: the name of the table ends in .csv")
    prepare_machine(threads)
    reader = load_labeler(labeler)
    told = list(label_pictures(reader, pictures, least, quiet or json))
    if csv is not None:
        write_csv(csv, told, reader.schema.names)
    rows: list[dict[str, Any]] = []
    lines = []
    strange = broken = labelled = 0
    for one in told:
        if one.reading is None:
            broken += 1
            rows.append({"file": one.file, "problem": one.problem})
            lines.append(f"{plain_words(one.file)}: not read ({plain_words(one.problem)})")
            continue
        reading = one.reading
        labelled += bool(reading.labels)
        strange += reading.strange
        sure = {name: round(value, 4) for name, value in reading.confidence.items()}
        row = {"file": one.file, "labels": reading.labels, "confidence": sure}
        rows.append({**row, "strangeness": round(reading.strangeness, 4)})
        words = ", ".join(f"{name}={value} {sure[name]:.0%}" for name, value in reading.labels.items())
        why = "unknown: not like the pictures that the labeler learned from" if reading.strange else "unknown: not sure"
        lines.append(f"{plain_words(one.file)}: {words or why}")
    end = f"{labelled:,} of {len(told):,} pictures labelled; {strange:,} of another kind, {broken:,} not readable"
    if csv is not None:
        lines = []
        end += f": {csv}"
    report({"pictures": rows, **({"csv": str(csv)} if csv else {})}, [*lines, end], json, quiet)
