"""The verbs of data: prepare, inspect, convert."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report

SourceText = Annotated[
    str,
    typer.Argument(
        help="A folder, a zip, a data set in a layout of others, or chibi:N for N drawings of our own"
        " (chibi-calm:N: simpler ones)."
    ),
]
Labels = Annotated[Path | None, typer.Option(help="Labels by file name: .csv, .jsonl or .json.")]
Faces = Annotated[
    str | None,
    typer.Option(metavar="WORD|FILE", help="Cut out faces: auto, anime, photo, a detector (.onnx, .xml), or off."),
]
Margin = Annotated[float | None, typer.Option(help="Around a face, as a share of its side; by default a quarter.")]
Least = Annotated[int | None, typer.Option(help="Side of the smallest face in pixels; by default half of --size.")]
Junk = Annotated[bool, typer.Option("--junk/--no-junk", help="Judge pictures, and leave junk and near duplicates out.")]
Thresholds = Annotated[Path | None, typer.Option(help="What counts as junk: a TOML file.")]
Ratings = Annotated[
    str | None,
    typer.Option(help="Danbooru: ratings to take (safe,sensitive,questionable,explicit,unknown or all)."),
]
Books = Annotated[str | None, typer.Option(help="Manga109: take only books marked so in licences.csv.")]
Tags = Annotated[str | None, typer.Option(help="Turn free tags into labels: a TOML file, or danbooru.")]
LabelMap = Annotated[Path | None, typer.Option("--map", help="What columns and words of the source mean: a TOML file.")]
MinCount = Annotated[int, typer.Option(help="Values of fewer pictures become unknown.")]


@app.command()
def prepare(
    source: SourceText,
    out: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    size: Annotated[int, typer.Option(help="Pixels a side.")] = 64,
    labels: Labels = None,
    channels: Annotated[int, typer.Option(help="3 (RGB) or 4 (RGBA).")] = 3,
    limit: Annotated[int | None, typer.Option(help="Use so many files only, spread evenly over the source.")] = None,
    shape: Annotated[str, typer.Option(help="How pictures become square: crop or pad.")] = "crop",
    faces: Faces = None,
    margin: Margin = None,
    least: Least = None,
    junk: Junk = True,
    thresholds: Thresholds = None,
    filter_: Annotated[
        Path | None, typer.Option("--filter", help="Leave out what an image classifier (.onnx) calls unwanted.")
    ] = None,
    filter_least: Annotated[
        float | None, typer.Option(help="From where on it is, 0 to 1; by default what its .toml says, or 0.5.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Take a picture back that was left out; repeatable.")
    ] = None,
    keep_reason: Annotated[
        list[str] | None, typer.Option(metavar="REASON", help="Take all back that were left out so; repeatable.")
    ] = None,
    smooth_edges: Annotated[
        bool, typer.Option("--smooth-edges", help="Also twins with blurred edges, which translators learn from.")
    ] = False,
    tags: Tags = None,
    label_map: LabelMap = None,
    min_count: MinCount = 1,
    ratings: Ratings = None,
    books: Books = None,
    licence: Annotated[
        str | None, typer.Option(help="The licence of the pictures; travels into the model's card.")
    ] = None,
    provenance: Annotated[
        str | None, typer.Option("--source", metavar="TEXT", help="Where they are from; travels with the licence.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="For chibi:N: what all drawings have in common."),
    ] = None,
    seed: Annotated[str, typer.Option(help="For chibi:N: which N drawings; an integer, or any text.")] = "0",
    workers: Annotated[int | None, typer.Option(help="Processes; by default all cores.")] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Turn pictures into a data set. Interrupted and run again, it continues.

    `nijigen prepare my-pictures.zip faces --size 64`

    `nijigen prepare drawings faces --faces anime` — a picture for each face

    `nijigen prepare my-pictures.zip faces --keep-reason blurred` — afterwards: what was left out as blurred comes back

    `nijigen prepare drawings faces --smooth-edges` — for `nijigen train --photos … --drawings faces`

    `nijigen prepare chibi:20000 chibis --set art_style=anime` — our own labelled drawings

    `nijigen prepare chibi-calm:20000 chibis` — the same with fewer small things, which small networks learn sharply
    """
    from nijigen.data import prepare as prepare_dataset

    attributes = None
    if set_:
        from nijigen.illustrator import SCHEMA

        attributes = SCHEMA.parse(",".join(set_))
    summary = prepare_dataset(
        source,
        out,
        size=size,
        labels=labels,
        channels=channels,
        limit=limit,
        shape=cast(Any, shape),  # prepare says which words it takes
        faces=faces,
        margin=margin,
        least=least,
        junk=junk,
        thresholds=thresholds,
        filter=filter_,
        filter_least=filter_least,
        keep=keep or (),
        keep_reason=keep_reason or (),
        smooth_edges=smooth_edges,
        tags=tags,
        label_map=label_map,
        min_count=min_count,
        ratings=ratings,
        books=books,
        workers=workers,
        quiet=quiet or json,
        licence=licence,
        provenance=provenance,
        seed=seed,
        attributes=attributes,
    )
    report(summary.as_dict(), summary.lines(), json, quiet)


@app.command()
def inspect(
    target: Annotated[str, typer.Argument(help="A data set, or any source that prepare takes.")],
    out: Annotated[Path | None, typer.Option(help="The page; by default report.html in the data set, or here.")] = None,
    limit: Annotated[int, typer.Option(help="Of a source, look at so many files, spread evenly.")] = 2_000,
    labels: Labels = None,
    faces: Faces = None,
    tags: Tags = None,
    label_map: LabelMap = None,
    ratings: Ratings = None,
    books: Books = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Look through a data set: what is in it, what is uneven or missing, what would be left out and why.

    `nijigen inspect datasets/faces`

    `nijigen inspect someones-faces.zip` — before preparing it; nothing is written but the page
    """
    from nijigen.data.inspection import as_dict, lines
    from nijigen.data.inspection import inspect as look

    chosen = {
        "labels": labels,
        "faces": faces,
        "tags": tags,
        "label_map": label_map,
        "ratings": ratings,
        "books": books,
    }
    found, page = look(target, out, limit, quiet or json, **chosen)
    report(as_dict(found) | {"report": str(page)}, [*lines(found), f"look at {page}"], json, quiet)


@app.command()
def convert(
    source: Annotated[str, typer.Argument(help="A data set of nijigen, or pictures in any layout that can be read.")],
    out: Annotated[
        Path,
        typer.Argument(
            help="What to make; the ending tells: .zip nvidia, .tfrecord, .tar webdataset, none imagefolder."
        ),
    ],
    to: Annotated[
        str | None, typer.Option(help="nvidia, tfrecord, stylegan-tfrecord, webdataset or imagefolder.")
    ] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Write pictures in another layout: for StyleGAN, TensorFlow, WebDataset or Hugging Face.

    `nijigen convert datasets/faces faces.zip` — for StyleGAN2-ADA and StyleGAN3

    `nijigen convert datasets/faces pyramid --to stylegan-tfrecord`

    `nijigen convert ffhq-256x256.zip ffhq.tar`
    """
    from nijigen.data.convert import convert as convert_to

    summary = convert_to(source, out, to=to, quiet=quiet or json)
    report(summary.as_dict(), summary.lines(), json, quiet)
