"""What augmentation costs: milliseconds, and as a share of a training step.

    python benchmarks/augment.py                          # every kind and group at 32 and 64 px, batch 16
    python benchmarks/augment.py --sizes 64 --p 0.2 --threads 1 --recipe dcgan-laptop-64

A step augments real and made pictures for the discriminator, and made ones again for the generator, whose gradient
goes back through it: three times forward and once back. Steps and augmentations of one batch take turns in this
process, and each share is the median over the rounds: the machine's own speed drifts, the share hardly does.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from nijigen.augment import KINDS, groups_of, make_augment
from nijigen.machine import place, prepare_machine
from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.loop import Trainer
from nijigen.training.phases import Batch
from nijigen.training.recipe import load_recipe
from nijigen.training.state import TrainingState

LABELS, WARM_UP = 23, 2


class Fixed:
    """A stream that gives one batch again and again, so that only the steps are timed."""

    device = torch.device("cpu")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def draw(self, *_: object) -> Batch:
        """The batch."""
        return self.batch


def stepper(name: str, size: int, count: int) -> Callable[[], None]:
    """A training step of a recipe at another size and batch, without augmentation."""
    recipe, cpu = load_recipe(name, [f"resolution={size}", f"batch={count}"]), torch.device("cpu")
    networks = find_family(recipe.family).build(Shape(size, recipe.channels, LABELS), recipe.options())
    state = TrainingState({name: place(network, cpu) for name, network in networks.items()}, recipe)
    batch = Batch(pictures(count, size), torch.eye(LABELS)[torch.arange(count) % LABELS], torch.ones(count))
    return Trainer(recipe, state, adversarial_phases(recipe), {"images": Fixed(batch)}, cpu).step  # type: ignore[dict-item]


def pictures(count: int, size: int) -> torch.Tensor:
    """Random pictures in the layout that training uses."""
    return (torch.rand(count, 3, size, size) * 2 - 1).contiguous(memory_format=torch.channels_last)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="dcgan-64", help="the recipe whose step it is compared with")
    parser.add_argument("--sizes", type=int, nargs="*", default=[32, 64])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--p", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, help="all cores unless told")
    arguments = parser.parse_args()
    threads = prepare_machine(arguments.threads)
    random = torch.Generator().manual_seed(1)
    print(f"{threads} threads, batch {arguments.batch}, p = {arguments.p}, steps of {arguments.recipe}")
    for size in arguments.sizes:
        step, batch = stepper(arguments.recipe, size, arguments.batch), pictures(arguments.batch, size)
        for kind in KINDS:
            for groups in [(), *((group,) for group in groups_of(kind))]:
                augment = make_augment(kind, groups)

                def forward(augment=augment, batch=batch) -> torch.Tensor:
                    return augment(batch, arguments.p, random)

                def with_gradient(augment=augment, batch=batch) -> None:
                    made = augment(batch.requires_grad_(), arguments.p, random)
                    torch.autograd.grad(made, batch, batch.detach())
                    batch.requires_grad_(False)

                works = (forward, with_gradient, step)
                rounds = [[seconds(work) for work in works] for _ in range(arguments.rounds + WARM_UP)][WARM_UP:]
                once, back, whole = (statistics.median(part) for part in zip(*rounds, strict=True))
                share = statistics.median((2 * a + b) / c for a, b, c in rounds)
                image = (2 * once + back) * 1e3 / arguments.batch
                print(
                    f"{size:4} px  {kind:12} {' '.join(groups) or 'as it is':12} {once * 1e3:6.2f} ms forward, "
                    f"{back * 1e3:6.2f} ms and back, {image:5.2f} ms an image, {share:6.1%} of {whole * 1e3:.0f} ms",
                    flush=True,
                )


if __name__ == "__main__":
    main()
