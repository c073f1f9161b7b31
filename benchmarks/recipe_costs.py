"""What each recipe costs, written to the file that ``nijigen recipes`` reads.

    python benchmarks/recipe_costs.py                     # count parameters, operations and memory of all recipes
    python benchmarks/recipe_costs.py NAME …              # of these alone; the others stay as they are
    python benchmarks/recipe_costs.py --measure 3 NAME …  # and the share of a core's matrix peak that training reaches

Counting computes nothing and gives the same figures everywhere. The share is measured on one core of the machine this
runs on, three times for about so many seconds a recipe, the best counts; `nijigen recipes` lends it to recipes of the
same family that were not tried. The time of the processor is taken, not of the clock: so a busy machine spoils little.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import nijigen
from nijigen.files import write_json
from nijigen.training import timing
from nijigen.training.bench import bench
from nijigen.training.cost import count_cost, count_run
from nijigen.training.listing import COSTS_FILE, count_parameters, fingerprint, recipe_costs
from nijigen.training.peak import core_peak
from nijigen.training.recipe import load_recipe, recipe_names

LABELS = 100  # columns, as the illustrator's drawings have about
TRIES = 3
FILE = Path(nijigen.__file__).parent / "recipes" / COSTS_FILE


def main() -> None:
    """Count, measure where asked, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--measure", type=float, default=0.0, help="seconds a try")
    arguments = parser.parse_args()
    known = recipe_names()
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no recipe is called {', '.join(sorted(unknown))}: see nijigen recipes")
    costs = recipe_costs() if FILE.is_file() else {}
    shares = {name: costs[name]["share"] for name in known if "share" in costs.get(name, {})}
    for name in (arguments.names or known) if arguments.measure else []:
        shares[name] = round(reached(name, arguments.measure), 2)
        print(f"{name}: {shares[name]:.0%} of a core's peak", flush=True)
    changed = [name for name in known if name in arguments.names or not arguments.names or name not in costs]
    costs |= {name: counted(name) | ({"share": shares[name]} if name in shares else {}) for name in changed}
    write_json(FILE, {name: costs[name] for name in known})
    print(f"{FILE}: {len(changed)} of {len(known)} recipes counted")


def counted(name: str) -> dict[str, Any]:
    """What needs no measuring."""
    recipe = load_recipe(name)
    cost = count_cost(recipe, LABELS)
    work = {"operations": cost.operations, "run_operations": count_run(recipe, LABELS), "memory": cost.memory}
    return {**count_parameters(recipe), **work, "counted": fingerprint(recipe)}


def reached(name: str, seconds: float) -> float:
    """The share of the matrix peak that one core reaches."""
    timing._clock = lambda device: time.process_time()
    speeds, peaks = [], []
    for _ in range(TRIES):
        peaks.append(core_peak())
        measured = bench(name, labels=LABELS, device="cpu", threads=1, seconds=seconds, quiet=True)
        speeds.append(measured.operations * measured.images_per_second)
    return max(speeds) / max(peaks)


if __name__ == "__main__":
    main()
