"""The verbs that make avatars and read them: draw, generate, recreate, show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nijigen.cli.app import (
    AsJson,
    AvatarFile,
    Device,
    Engine,
    Folder,
    Kind,
    ModelName,
    ModelOf,
    Quiet,
    SeedText,
    Sets,
    Sheet,
    TextWords,
    Threads,
    app,
)
from nijigen.cli.painting import StyleColours, StyleImage, StyleSteps, StyleWeight
from nijigen.cli.sources import keep_sources
from nijigen.errors import NijigenError
from nijigen.store import DEFAULT_MODEL
from nijigen.terminal import notes, plain_words, report, schema_lines, shortened


@app.command()
def draw(
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 16,
    set_: Sets = None,
    text: TextWords = None,
    seed: SeedText = "0",
    size: Annotated[int, typer.Option(help="Pixels a side.")] = 256,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("drawn"),
    format_: Annotated[str, typer.Option("--format", help="png, webp (lossless) or svg.")] = "png",
    transparent: Annotated[bool, typer.Option(help="Leave the background out (RGBA).")] = False,
    sheet: Sheet = False,
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

    `nijigen draw -n 8 --text "a girl with short pink hair, no glasses, winking"`

    `nijigen draw --sweep expression --seed alice --size 512` — one person in every expression
    """
    from nijigen.illustrator import SCHEMA
    from nijigen.illustrator.drawing import draw_to_folder
    from nijigen.understanding import ask

    if list_:
        report(SCHEMA.to_json(), schema_lines(SCHEMA), json)
        return
    asked = ask(set_ or [], text, SCHEMA)
    notes(asked.notes, quiet or json)
    paths = draw_to_folder(
        out,
        count,
        seed,
        size,
        asked.attributes,
        format_,
        transparent,
        sheet,
        sweep,
        avoid=asked.avoid,
        workers=workers,
        quiet=quiet,
    )
    report({"files": [str(path) for path in paths], **asked.facts}, [f"{len(paths)} files in {out}"], json, quiet)


@app.command()
def generate(
    model: ModelName = DEFAULT_MODEL,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 16,
    seed: SeedText = "0",
    set_: Sets = None,
    text: TextWords = None,
    out: Folder = Path("avatars"),
    sheet: Sheet = False,
    batch: Annotated[int, typer.Option(help="Avatars made at once.")] = 16,
    truncation: Annotated[
        float | None, typer.Option(help="Toward the mean: 1 is none, 0.7 safer and plainer (StyleGAN families).")
    ] = None,
    noise: Annotated[float, typer.Option(help="Strength of the fine per-pixel noise: 0 removes it.")] = 1.0,
    noise_seed: Annotated[int, typer.Option(help="Other fine noise for the same avatars.")] = 0,
    best_of: Annotated[
        int, typer.Option(help="Make so many of each and keep the one that the discriminator finds most real.")
    ] = 1,
    format_: Kind = "png",
    style_image: StyleImage = None,
    style_weight: StyleWeight = None,
    style_steps: StyleSteps = None,
    style_colours: StyleColours = None,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make avatars with a model; every file carries its birth certificate.

    `nijigen generate -n 16 --seed 2 --set hair_color=pink --sheet` — with the model that comes with nijigen

    `nijigen generate -n 16 --text "银色双马尾，红眼睛，不戴眼镜"`

    `nijigen generate --model runs/faces -n 16 --set hair_color=pink --sheet`

    `nijigen generate --model runs/faces -n 16 --truncation 0.7 --format webp`

    `nijigen generate --model runs/faces -n 16 --best-of 8` — eight times the work for cleaner, plainer avatars

    `nijigen generate -n 1000 --engine onnx` — with onnxruntime; `nijigen engines chibi` measures what is fastest here

    `nijigen generate -n 4 --style-image waves.png` — each is then painted like that picture, which takes its time
    """
    from nijigen.avatar import check_kind, save_each
    from nijigen.cli.painting import chosen_brush, painting
    from nijigen.engine.look import Look
    from nijigen.engine.model import load
    from nijigen.engine.ranking import generate_best
    from nijigen.understanding import ask

    check_kind(format_)
    silent = quiet or json
    loaded = load(model, device, threads, engine)
    asked = ask(set_ or [], text, loaded.schema)
    notes(asked.notes, silent)
    brush = chosen_brush(style_image, style_weight, style_steps, style_colours, out, loaded.device, silent)
    look = Look(truncation, noise, noise_seed)
    wanted: dict[str, Any] = {"attributes": asked.attributes, "avoid": asked.avoid}
    avatars = generate_best(loaded, count, seed, best_of, batch=batch, look=look, **wanted)
    facts: dict[str, Any] = {"model": loaded.digest, **asked.facts}
    many = f"{count} {'avatar' if count == 1 else 'avatars'} of {loaded.name}"
    if brush is None:
        paths = save_each(avatars, count, out, sheet=sheet, quiet=silent, kind=format_)
    else:
        with painting(brush, loaded.generator.shape.resolution, count, silent) as step:
            painted = brush.paint_each(avatars, step)
            paths = save_each(painted, count, out, sheet=sheet, quiet=True, kind=format_)
        facts["painted"] = brush.facts()
        many += f", painted like {' and '.join(plain_words(style.name) for style in brush.named)},"
    report(facts | {"files": [str(path) for path in paths]}, [f"{many} in {out}"], json, quiet)


@app.command()
def recreate(
    file: AvatarFile,
    out: Annotated[Path, typer.Option(help="Where to write it: a .png or .webp.")] = Path("again.png"),
    model: ModelOf = None,
    style_image: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The picture that it was painted like, if it was. Repeatable."),
    ] = None,
    device: Device = "auto",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Redraw an avatar from its birth certificate: the same pixels, or what differs.

    `nijigen recreate avatars/avatar-0003.png --out again.png`

    `nijigen recreate painted/avatar-0003.png --style-image waves.png` — one that was painted like a picture
    """
    from contextlib import ExitStack

    from nijigen.avatar import check_name
    from nijigen.engine.recreate import recreate as recreate_avatar
    from nijigen.progress import track

    check_name(out)
    styles = style_image or []
    keep_sources(out, file)
    if out.resolve() in [style.resolve() for style in styles]:
        raise NijigenError(f"--out {out} is the picture it was painted like, which stays: choose another name")
    with ExitStack() as bars:  # the bar begins when it is known how many steps there are

        def begin(steps: int) -> Any:
            return bars.enter_context(track(steps, "painting", unit="steps", quiet=quiet or json)).advance

        made = recreate_avatar(file, model, device, styles, begin)
    made.avatar.save(out)
    verdict = "the same pixels" if made.same else "other pixels than the original"
    before = " as before it was enlarged" if made.same and made.enlarged else ""
    lines = [f"{out}: {verdict}{before}", *(plain_words(line) for line in made.differences)]
    report({"file": str(out), "same": made.same, "differences": made.differences}, lines, json, quiet)
    if not made.same:
        raise typer.Exit(1)


@app.command()
def show(
    file: AvatarFile,
    json: AsJson = False,
) -> None:
    """Show an avatar's birth certificate: what it is, and what made it.

    `nijigen show avatars/avatar-0003.png`
    """
    from nijigen.avatar import Avatar

    certificate = Avatar.open(file).certificate
    lines = [
        f"{key:15} {shortened(plain_words(part))}"
        for key, value in certificate.items()
        for part in (value if isinstance(value, list) and value else [value])
    ]
    report(certificate, lines, json)
