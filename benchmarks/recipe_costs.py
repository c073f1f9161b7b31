"""What each recipe costs, written to the file that ``nijigen recipes`` reads.

    python benchmarks/recipe_costs.py                     # count operations and memory of all recipes
    python benchmarks/recipe_costs.py --measure 5 NAME …  # and the share of the matrix peak that training reaches here

Counting computes nothing and gives the same figures everywhere. The share is measured on the machine this runs on,
for about so many seconds a recipe; `nijigen recipes` lends it to recipes of the same family that were not tried.
"""

import argparse
from pathlib import Path

import nijigen
from nijigen.files import write_json
from nijigen.training.bench import bench
from nijigen.training.cost import count_cost
from nijigen.training.listing import COSTS_FILE, recipe_costs
from nijigen.training.recipe import load_recipe, recipe_names

LABELS = 100  # columns, as the illustrator's drawings have about
FILE = Path(nijigen.__file__).parent / "recipes" / COSTS_FILE


def main() -> None:
    """Count, measure where asked, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--measure", type=float, default=0.0, help="seconds a recipe")
    arguments = parser.parse_args()
    costs = recipe_costs() if FILE.is_file() else {}
    known = recipe_names()
    costs = {name: costs[name] for name in known if name in costs}
    for name in known:
        counted = count_cost(load_recipe(name), LABELS)
        old = costs.get(name, {})
        costs[name] = {"operations": counted.operations, "memory": counted.memory}
        if "share" in old:
            costs[name]["share"] = old["share"]
        if arguments.measure and name in (arguments.names or known):
            measured = bench(name, labels=LABELS, seconds=arguments.measure, quiet=True)
            costs[name]["share"] = round(measured.share, 2)
            print(*measured.lines(), sep="\n", flush=True)
    write_json(FILE, costs)
    print(f"{FILE}: {len(costs)} recipes")


if __name__ == "__main__":
    main()
