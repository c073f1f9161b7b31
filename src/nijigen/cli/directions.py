"""The verbs of directions: find them, list them, look at them. ``nijigen edit --move`` goes along one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.cli.app import AsJson, Device, Layers, ModelName, Quiet, SeedText, Sets, Threads, app
from nijigen.errors import NijigenError
from nijigen.store import DEFAULT_MODEL
from nijigen.terminal import report

if TYPE_CHECKING:
    from nijigen.edit.directions import Direction

group = typer.Typer(rich_markup_mode="markdown")
app.add_typer(group, name="directions")

File = Annotated[Path | None, typer.Option("--directions", help="A file of directions; by default the model's own.")]


@group.callback(invoke_without_command=True)
def no_verb(context: typer.Context) -> None:
    """Ways through the latent space of a model: find them, list them, look at them.

    `nijigen directions find --attribute gender=girl`

    `nijigen directions strip "gender girl" --seed 4 --out strip.png`
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@group.command()
def find(
    model: ModelName = DEFAULT_MODEL,
    method: Annotated[str | None, typer.Option(help="sefa: from the weights; boundary: from samples.")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="For a boundary: expression=smile, expression (all its values), or a number. Repeatable."),
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="What is to stay: hair_color, or expression=sad. Repeatable.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", help="How many of sefa.")] = 8,
    name: Annotated[str | None, typer.Option(help="Its name, if not what it gives (or sefa).")] = None,
    layers: Layers = "all",
    samples: Annotated[int, typer.Option(help="Avatars that are looked at.")] = 2_000,
    by: Annotated[
        str, typer.Option(help="words: what they were asked for; labeler: what is seen; auto: words, where there are.")
    ] = "auto",
    labeler: Annotated[Path | None, typer.Option(help="A file by train-labeler; by default nijigen's own.")] = None,
    seed: SeedText = "0",
    out: Annotated[Path | None, typer.Option(help="A .safetensors; by default beside the model.")] = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Find directions and keep them by name, beside those that are there.

    `nijigen directions find -n 4` — what the weights of the bundled model do most (sefa)

    `nijigen directions find --attribute expression=happy --keep hair_color --keep gender`

    `nijigen directions find --model runs/faces --attribute hair_color --by labeler --out colours.safetensors`
    """
    from nijigen.edit.directions import check_file
    from nijigen.engine.directions import find_boundaries, find_sefa, keep_directions, open_directions, place_of
    from nijigen.engine.model import load
    from nijigen.engine.sampling import Samples

    method = method or ("boundary" if attribute else "sefa")
    if method not in ("sefa", "boundary"):
        raise NijigenError(f"--method {method}: use sefa or boundary")
    if method == "sefa" and attribute:
        raise NijigenError("--attribute is for --method boundary: what sefa finds has to be looked at")
    if out is not None:
        check_file(out)
    loaded = load(model, device, threads)
    if place_of(loaded, out).exists():
        open_directions(loaded, out)  # a file of another model is said before the work, not after it
    drawn = Samples(loaded, samples, seed, by, labeler, quiet or json)
    if method == "sefa":
        found = find_sefa(drawn, count, layers, keep or [], name)
    else:
        found = find_boundaries(drawn, attribute or [], layers, keep or [], name)
    path = keep_directions(loaded, found, out)
    facts = {"file": str(path), "model": loaded.digest, "found": [_facts(one) for one in found]}
    report(facts, [*map(_line, found), str(path)], json, quiet)


@group.command("list")
def list_(
    model: ModelName = DEFAULT_MODEL,
    directions: File = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """The directions of a model, and how each was found.

    `nijigen directions list`

    `nijigen directions list --model runs/faces --directions colours.safetensors`
    """
    from nijigen.engine.directions import open_directions, place_of
    from nijigen.engine.model import load

    loaded = load(model, "cpu")
    kept = list(open_directions(loaded, directions))
    lines = [_line(one) for one in kept] or [f"{loaded.name} has no directions yet: nijigen directions find"]
    place = str(place_of(loaded, directions))
    report({"file": place, "model": loaded.digest, "directions": [_facts(one) for one in kept]}, lines, json, quiet)


@group.command()
def strip(
    names: Annotated[list[str], typer.Argument(help="Directions, one or more.")],
    model: ModelName = DEFAULT_MODEL,
    directions: File = None,
    count: Annotated[int, typer.Option("-n", "--count", help="How many avatars.")] = 1,
    seed: SeedText = "0",
    set_: Sets = None,
    reach: Annotated[float, typer.Option(help="Steps to either side.")] = 3.0,
    steps: Annotated[int, typer.Option(help="Pictures a row, an odd number.")] = 7,
    layers: Annotated[str | None, typer.Option(help="Where, if not where the direction is meant to be.")] = None,
    out: Annotated[Path, typer.Option(help="Where to write the picture.")] = Path("strip.png"),
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """A picture of what directions do: a row for each direction and avatar, the avatar itself in the middle.

    `nijigen directions strip "expression happy" --seed 4 --out strip.png`

    `nijigen directions strip "sefa 1" "sefa 2" "sefa 3" -n 2 --reach 4`
    """
    from nijigen.engine.directions import draw_strip, open_directions
    from nijigen.engine.model import load
    from nijigen.files import check_writable
    from nijigen.images.png import write_png
    from nijigen.images.source import SourceType
    from nijigen.seeds import SEED_LIMIT, seed_number

    if out.suffix.lower() != ".png":
        raise NijigenError(f"--out {out}: the name of the picture ends in .png")
    check_writable(out)
    loaded = load(model, device, threads)
    kept = open_directions(loaded, directions)
    first = seed_number(seed)
    seeds = [(first + number) % SEED_LIMIT for number in range(count)]
    words = loaded.schema.parse(",".join(set_ or []))
    picture = draw_strip(loaded, [kept[name] for name in names], seeds, reach, steps, layers, words)
    write_png(out, picture, source=SourceType.TRAINED)
    report({"file": str(out), "steps": steps, "reach": reach}, [str(out)], json, quiet)


def _facts(direction: "Direction") -> dict[str, object]:
    return {"name": direction.name, "layers": direction.layers, "digest": direction.digest, **direction.facts}


def _line(direction: "Direction") -> str:
    facts = direction.facts
    if facts.get("method") == "sefa":
        told = f"sefa, {facts['share']:.1%} of what all do"
    else:
        told = f"boundary by {facts['by']}, {facts['accuracy']:.0%} of held-out samples on their side"
    if direction.layers != "all":
        told += f", layers {direction.layers}"
    if facts.get("keep"):
        told += f", keeps {len(facts['keep'])} others"
        if "left" in facts:
            told += f" ({facts['left']:.0%} of its length left)"
    return f"{direction.name}: {told}"
