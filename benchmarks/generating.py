"""How long avatars take: one at a time, as when a person turns a knob, and sixteen, as for a sheet.

    python benchmarks/generating.py                       # the model that comes with nijigen, all cores
    python benchmarks/generating.py chibi runs/faces --threads 1

Milliseconds on the wall, from words to finished pixels, without writing files: median and least of ``--rounds``, in
which models and counts take turns. Beside them what the same machine needs, in the same run, for a product of two
1024 × 1024 matrices: times of other machines compare by it.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from nijigen import load
from nijigen.machine import prepare_machine
from nijigen.store import DEFAULT_MODEL

COUNTS = (1, 16)


def milliseconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=[DEFAULT_MODEL])
    parser.add_argument("--threads", type=int, help="all cores unless told")
    parser.add_argument("--rounds", type=int, default=31)
    arguments = parser.parse_args()
    threads = prepare_machine(arguments.threads)
    models = {name: load(name, "cpu", threads) for name in arguments.models}
    square = torch.randn(1024, 1024)
    times: dict[tuple[str, int], list[float]] = {(name, count): [] for name in models for count in COUNTS}
    products: list[float] = []
    for number in range(arguments.rounds + 3):
        products.append(milliseconds(lambda: square @ square))
        for name, count in times:
            model, seed = models[name], number * 100
            times[name, count].append(milliseconds(lambda m=model, c=count, s=seed: m.generate(c, seed=s)))  # type: ignore[misc]
    print(f"{threads} threads; a product of two 1024 × 1024 matrices: {statistics.median(products[3:]):.1f} ms")
    for (name, count), found in times.items():
        counted = found[3:]  # the first ones find their memory
        size = models[name].generator.shape.resolution
        middle, least = statistics.median(counted), min(counted)
        print(
            f"{name}, {size} px: {count:>2} at once in {middle:6.1f} ms (least {least:.1f}), {middle / count:.1f} each"
        )


if __name__ == "__main__":
    main()
