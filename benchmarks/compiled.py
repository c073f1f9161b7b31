"""What torch.compile gains in training and in generation, by paired measurement.

    python benchmarks/compiled.py stylegan2-laptop-32 dcgan-laptop-32 --threads 2

Eager and compiled take turns; the figure is the median over the pairs of the ratio of their times (above 1: compiled is
faster), and how long the first compiled turn of each phase took. Phases that differentiate a gradient stay eager.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from nijigen.machine import choose_device, memory_format, prepare_machine
from nijigen.training.bench import _trainer
from nijigen.training.recipe import load_recipe
from nijigen.training.samples import averaged_generator
from nijigen.training.schedule import moment

LABELS = 100


def main() -> None:
    """Training and generation of each recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 16], help="of generation")
    arguments = parser.parse_args()
    device = choose_device("cpu")
    prepare_machine(arguments.threads, device)
    for name in arguments.recipes:
        training(name, tuple(arguments.set), arguments.rounds, device)
        generation(name, tuple(arguments.set), arguments.batches, arguments.rounds, device)


def training(name: str, changes: tuple[str, ...], rounds: int, device: torch.device) -> None:
    """A turn of each phase."""
    eager, compiled = (
        _trainer(load_recipe(name, (*changes, f"compile={word}")), LABELS, device) for word in ("false", "true")
    )
    now = moment(eager.recipe, eager.recipe.images)
    for trainer in (eager, compiled):
        trainer.prepare(now)
    for place, phase in enumerate(eager.phases):
        other = compiled.phases[place]
        pair(
            f"{name}, {phase.name}",
            lambda phase=phase: eager.run(phase, now),  # type: ignore[misc]
            lambda other=other: compiled.run(other, now),  # type: ignore[misc]
            rounds,
        )


@torch.no_grad()
def generation(name: str, changes: tuple[str, ...], batches: list[int], rounds: int, device: torch.device) -> None:
    """Noise to pictures."""
    trainer = _trainer(load_recipe(name, changes), LABELS, device)
    generator = averaged_generator(trainer).eval().to(memory_format=memory_format(device))
    quick = torch.compile(generator.synthesize)
    for batch in batches:
        latent = generator.map(torch.randn(batch, generator.z_dim), torch.eye(LABELS)[:batch])
        pair(
            f"{name}, generation of {batch}",
            lambda latent=latent: generator.synthesize(latent),  # type: ignore[misc]
            lambda latent=latent: quick(latent),  # type: ignore[misc]
            3 * rounds,
        )


def pair(what: str, eager: Callable[[], object], compiled: Callable[[], object], rounds: int) -> None:
    """Print the ratio of two ways."""
    first = seconds(compiled)
    for work in (eager, compiled):
        seconds(work)
    ratios = [seconds(eager) / seconds(compiled) for _ in range(rounds)]
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    print(f"{what}: {middle:.2f} times as fast ({low:.2f} to {high:.2f}), first turn {first:.0f} s", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Of one turn."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
