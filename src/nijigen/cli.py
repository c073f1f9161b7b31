"""The command line: one thin function per verb; its signature becomes its flags.

Heavy imports stay inside the verbs, so that ``nijigen --help`` answers at once.
"""

import errno
import io
import re
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import nijigen
from nijigen.errors import NijigenError
from nijigen.terminal import plain_words, read_count, report, schema_lines

app = typer.Typer(
    name="nijigen",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No words, no progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report as JSON on standard output.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Repeatable, or comma-separated.")]
SeedText = Annotated[str, typer.Option("--seed", help="An integer, or any text.")]
Threads = Annotated[int | None, typer.Option(help="CPU threads; by default all cores.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]


@app.callback(invoke_without_command=True)
def no_verb(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
) -> None:
    """Anime avatars (二次元): draw them, learn them from pictures, steer them, redo them.

    `nijigen draw -n 16 --seed alice --sheet`
    """
    if version:
        print(nijigen.__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def draw(
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 16,
    set_: Sets = None,
    seed: SeedText = "0",
    size: Annotated[int, typer.Option(help="Pixels a side.")] = 256,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("drawn"),
    format_: Annotated[str, typer.Option("--format", help="png or svg.")] = "png",
    transparent: Annotated[bool, typer.Option(help="Leave the background out (RGBA).")] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="Also write sheet.png with all of them.")] = False,
    sweep: Annotated[str | None, typer.Option(help="Draw one person with every value of this attribute.")] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the attributes and their words, and draw nothing.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; by default all cores.")] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Draw labelled chibi avatars; no model needed.

    `nijigen draw -n 64 --set hair_style=twintails --set expression=wink --seed 3 --sheet`

    `nijigen draw --sweep expression --seed alice --size 512` — a character sheet
    """
    from nijigen.illustrator import SCHEMA
    from nijigen.illustrator.drawing import draw_to_folder

    if list_:
        report(SCHEMA.to_json(), schema_lines(SCHEMA), json)
        return
    attributes = SCHEMA.parse(",".join(set_ or []))
    paths = draw_to_folder(
        out, count, seed, size, attributes, format_, transparent, sheet, sweep, workers=workers, quiet=quiet
    )
    report({"files": [str(path) for path in paths]}, [f"{len(paths)} files in {out}"], json, quiet)


@app.command()
def prepare(
    source: Annotated[str, typer.Argument(help="A folder, a zip, or chibi:N for N drawings of our own.")],
    out: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    size: Annotated[int, typer.Option(help="Pixels a side.")] = 64,
    labels: Annotated[Path | None, typer.Option(help="Labels by file name: .csv, .jsonl or .json.")] = None,
    channels: Annotated[int, typer.Option(help="3 (RGB) or 4 (RGBA).")] = 3,
    limit: Annotated[int | None, typer.Option(help="Use so many pictures only, spread evenly over the source.")] = None,
    shape: Annotated[str, typer.Option(help="How pictures become square: crop or pad.")] = "crop",
    licence: Annotated[
        str | None, typer.Option(help="The licence of the pictures; travels into the model's card.")
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

    `nijigen prepare chibi:20000 chibis --set art_style=anime` — our own labelled drawings
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
        workers=workers,
        quiet=quiet or json,
        licence=licence,
        seed=seed,
        attributes=attributes,
    )
    report(summary.as_dict(), summary.lines(), json, quiet)


@app.command()
def train(
    dataset: Annotated[Path, typer.Argument(help="A folder written by prepare.")],
    recipe: Annotated[str, typer.Option(help="A name (see nijigen recipes) or a .toml file.")] = "dcgan-64",
    out: Annotated[Path | None, typer.Option(help="Folder of the run; by default runs/RECIPE-DATASET.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the recipe; repeatable.")
    ] = None,
    images: Annotated[str | None, typer.Option(help="Length in real images seen: 200000, 200k or 2M.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Length in rounds through the data set.")] = None,
    seed: Annotated[str | None, typer.Option(help="Instead of the recipe's; an integer, or any text.")] = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Train a recipe on a data set. Ctrl-C saves; run the same again and it goes on, bit for bit.

    `nijigen train faces --recipe dcgan-64 --out runs/faces`

    `nijigen train faces --recipe dcgan-64 --set resolution=32 --images 200k`
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
    )
    facts = {"run": str(trained.run), "model": str(trained.model), "images": trained.images}
    report({**facts, "stopped_by": trained.stopped_by}, [], json, quiet)
    if trained.stopped_by:
        sys.exit(128 + getattr(signal, trained.stopped_by))  # as a shell counts; all is said and saved


@app.command()
def generate(
    model: Annotated[str, typer.Option(help="A name, a run folder, a model folder or a file.")],
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 16,
    seed: SeedText = "0",
    set_: Sets = None,
    out: Annotated[Path, typer.Option(help="Folder for the avatars.")] = Path("avatars"),
    sheet: Annotated[bool, typer.Option("--sheet", help="Also write sheet.png with all of them.")] = False,
    batch: Annotated[int, typer.Option(help="Avatars made at once.")] = 16,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make avatars with a model; every PNG carries its birth certificate.

    `nijigen generate --model runs/faces -n 16 --set hair_color=pink --sheet`
    """
    from nijigen.avatar import save_each
    from nijigen.engine.model import load

    loaded = load(model, device, threads)
    attributes = loaded.schema.parse(",".join(set_ or []))
    avatars = loaded.generate_each(count, seed, batch=batch, attributes=attributes)
    paths = save_each(avatars, count, out, sheet=sheet, quiet=quiet or json)
    facts = {"model": loaded.digest, "files": [str(path) for path in paths]}
    report(facts, [f"{count} avatars of {loaded.name} in {out}"], json, quiet)


@app.command()
def recreate(
    file: Annotated[Path, typer.Argument(help="A PNG made by nijigen.")],
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("again.png"),
    model: Annotated[str | None, typer.Option(help="Its model; by default found by digest.")] = None,
    device: Device = "auto",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Redraw an avatar from its birth certificate: the same pixels, or what differs.

    `nijigen recreate avatars/avatar-0003.png --out again.png`
    """
    from nijigen.engine.recreate import recreate as recreate_avatar

    made = recreate_avatar(file, model, device)
    made.avatar.save(out)
    verdict = "the same pixels" if made.same else "other pixels than the original"
    lines = [f"{out}: {verdict}", *made.differences]
    report({"file": str(out), "same": made.same, "differences": made.differences}, lines, json, quiet)
    if not made.same:
        raise typer.Exit(1)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A PNG made by nijigen.")],
    json: AsJson = False,
) -> None:
    """Show an avatar's birth certificate: what it is, and what made it.

    `nijigen show avatars/avatar-0003.png`
    """
    from nijigen.avatar import Avatar

    certificate = Avatar.open(file).certificate
    lines = [f"{key:15} {plain_words(value)}" for key, value in certificate.items()]
    report(certificate, lines, json)


@app.command()
def models(json: AsJson = False) -> None:
    """List the models that can be named: those in NIJIGEN_MODELS, those that come with nijigen, and runs/ here."""
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
        rows.append({"name": name, **row, "path": str(path)})
        seen = f"{row['images_seen']:,}" if isinstance(row["images_seen"], int) else "?"
        facts = f"{row['family']!s:10} {row['resolution']!s:>5} px  {seen:>11} images"
        lines.append(f"{name:24} {facts}  {path}")
    report({"models": rows}, lines or ["no models yet: nijigen train makes one"], json)


@app.command()
def recipes(json: AsJson = False) -> None:
    """List the recipes that come with nijigen."""
    from nijigen.training.listing import list_recipes

    rows = list_recipes()
    lines = [
        f"{row['name']:18} {row['resolution']:>5} px  G {row['generator_parameters']:>11,}  "
        f"D {row['discriminator_parameters']:>11,}  {row['description']}"
        for row in rows
    ]
    report(rows, lines, json)


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2, without a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a pipe of another encoding must not stop the work
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = app(standalone_mode=False)
    except NijigenError as error:
        _fail(str(error), 2)
    except typer.Abort:
        _fail("interrupted: run the same again", 130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):  # no quota on Windows
            place = error.filename or "while writing"
            _fail(f"the disk is full ({place}): nothing finished was lost; free some space and run the same again", 2)
        if error.filename is not None:
            # What a person asked for, not the file beside it that it is written to first.
            error.filename = re.sub(r"\.([^/\\]+)\.[0-9a-f]{12}\.part$", r"\1", str(error.filename))
            _fail(f"{error.filename}: {error.strerror}", 2)
        raise
    except KeyboardInterrupt:
        _fail("interrupted: run the same again", 130)
    except Exception as error:
        explain = getattr(error, "format_message", None)  # a wrong flag, as typer's parser puts it
        if explain is None:
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "nijigen")
        _fail(f"{explain().strip().rstrip('.')}: see {command} --help", 2)
    if code == 130:
        _fail("interrupted: run the same again", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    line = " ".join(message.splitlines())  # one line, whatever a file name or a key holds
    print(f"nijigen: {line}", file=sys.stderr)
    sys.exit(code)
