"""What translators cost, and what became of photos in a run.

    python benchmarks/translators.py cost                # parameters, arithmetic and seconds of a picture, by recipe
    python benchmarks/translators.py moments RUN OUT.webp # photos, and their translations at three moments of a run

``cost`` translates a picture at the recipe's resolution on one core, three times, and counts the best; the time of the
processor is taken, not of the clock. ``moments`` takes the first row of photos of the run's sheets.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch._subclasses.fake_tensor import FakeTensorMode

from nijigen.images.sheet import MARGIN
from nijigen.machine import place, prepare_machine
from nijigen.models.registry import families
from nijigen.training.cost import Meter
from nijigen.training.listing import recipe_costs
from nijigen.training.networks import build_networks
from nijigen.training.recipe import Recipe, load_recipe, recipe_names

TRIES = 3


def main() -> None:
    """Measure or show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("cost")
    moments = verbs.add_parser("moments")
    moments.add_argument("run", type=Path)
    moments.add_argument("out", type=Path)
    moments.add_argument("--at", type=int, nargs=3, help="images; by default an eighth, a third and the end")
    arguments = parser.parse_args()
    if arguments.verb == "cost":
        cost()
    else:
        show(arguments.run, arguments.out, arguments.at)


def cost() -> None:
    """One line a recipe."""
    prepare_machine(1)
    translators = {name for name, family in families().items() if family.kind == "translator"}
    recipes = [recipe for recipe in map(load_recipe, recipe_names()) if recipe.family in translators]
    print("recipe                px   parameters   a picture: GFLOP   core seconds   training, GFLOP an image")
    for recipe in sorted(recipes, key=lambda recipe: (recipe.family, recipe.resolution, recipe.name)):
        parameters, operations, seconds = translating(recipe)
        trained = recipe_costs()[recipe.name]["operations"] / 1e9
        print(f"{recipe.name:20} {recipe.resolution:4} {parameters / 1e6:10.2f} M {operations / 1e9:18.2f} "
              f"{seconds:14.3f} {trained:26.1f}", flush=True)  # fmt: skip


def translating(recipe: Recipe) -> tuple[int, int, float]:
    """Parameters, operations and seconds of one core for a picture of the recipe's resolution."""
    size = (1, 3, recipe.resolution, recipe.resolution)
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        network = build_networks(recipe, [])["generator"]
        with Meter() as meter:
            network(torch.zeros(size))
    network = place(build_networks(recipe, [])["generator"].eval(), torch.device("cpu"))
    pictures, best = torch.rand(size).contiguous(memory_format=torch.channels_last), float("inf")
    with torch.no_grad():
        for _ in range(TRIES):
            started = time.process_time()
            network(pictures)
            best = min(best, time.process_time() - started)
    return sum(p.numel() for p in network.parameters()), meter.operations, best


def show(run: Path, out: Path, at: list[int] | None) -> None:
    """Photos above, and below them what they were at three moments."""
    recipe = load_recipe(run / "recipe.toml")
    sheets = {int(path.stem): path for path in sorted((run / "samples").glob("*.png"))}
    end = max(sheets)
    wanted = [min(sheets, key=lambda images: abs(images - moment)) for moment in at or (end // 8, end // 3, end)]
    side = recipe.resolution + MARGIN
    opened = [np.asarray(Image.open(sheets[images]).convert("RGB")) for images in wanted]
    rows = [opened[0][:side], *(sheet[side : 2 * side] for sheet in opened)]
    Image.fromarray(np.concatenate(rows)).save(out, quality=90)  # of formats that have one
    print(f"{out}: photos, and after {', '.join(f'{images:,}' for images in wanted)} images")


if __name__ == "__main__":
    main()
