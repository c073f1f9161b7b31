"""Which machine settings make training faster, by paired measurement.

    python benchmarks/training.py                      # dcgan-64 and dcgan-laptop-64, every setting, 3 pairs
    python benchmarks/training.py dcgan-64 --pairs 7 --only threads=1

Each pair runs the defaults and one changed setting one after the other, each in a fresh process with the same steps on
the same random pictures, and gives the ratio of their images per second (above 1: the changed setting is faster). The
median over the pairs is what counts: the machine's own speed drifts, the ratio within a pair hardly does.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

SETTINGS = {
    "threads=1": "one thread instead of all cores",
    "contiguous": "NCHW instead of channels_last",
    "denormals": "denormal numbers kept",
    "glibc": "the allocator's own thresholds (freed memory goes back to the system)",
    "for-loop adam": "Adam without the fused kernel",
    "compile": "networks through torch.compile (its warm-up not counted)",
}
IMAGES, WARM_UP_IMAGES = 512, 192


def measure(recipe_name: str, setting: str) -> float:
    """Images per second of the training steps alone, in this process."""
    import torch

    from nijigen import machine
    from nijigen.models.contract import Shape
    from nijigen.models.registry import find_family
    from nijigen.training.adversarial import adversarial_phases
    from nijigen.training.loop import Trainer
    from nijigen.training.phases import Batch
    from nijigen.training.recipe import load_recipe
    from nijigen.training.state import TrainingState

    if setting == "glibc":
        machine.keep_freed_memory = lambda: None
    machine.prepare_machine(1 if setting == "threads=1" else None)
    if setting == "denormals":
        torch.set_flush_denormal(False)
    layout = torch.contiguous_format if setting == "contiguous" else torch.channels_last
    recipe = load_recipe(recipe_name)
    shape = Shape(recipe.resolution, recipe.channels, 23)
    networks = find_family(recipe.family).build(shape, recipe.options())
    networks = {name: network.to(memory_format=layout) for name, network in networks.items()}
    state = TrainingState(networks, recipe)
    if setting == "for-loop adam":
        for optimizer in state.optimizers.values():
            for group in optimizer.param_groups:
                group.update(fused=False, foreach=False)
    if setting == "compile":
        for network in networks.values():
            network.compile()
    images = torch.rand(recipe.batch, 3, recipe.resolution, recipe.resolution) * 2 - 1
    batch = Batch(
        images.contiguous(memory_format=layout),
        torch.eye(23)[torch.arange(recipe.batch) % 23],
        torch.ones(recipe.batch),
    )

    class Fixed:
        """A stream that gives one batch again and again, so that only the steps are timed."""

        device = torch.device("cpu")

        def draw(self, *_: object) -> Batch:
            return batch

    trainer = Trainer(recipe, state, adversarial_phases(recipe), {"images": Fixed()}, torch.device("cpu"))  # type: ignore[dict-item]
    for _ in range(WARM_UP_IMAGES // recipe.batch):
        trainer.step()
    started = time.perf_counter()
    for _ in range(IMAGES // recipe.batch):
        trainer.step()
    return IMAGES / (time.perf_counter() - started)


def in_fresh_process(recipe: str, setting: str) -> float:
    """The same in a process of its own."""
    command = [sys.executable, __file__, recipe, "--measure", setting]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=["dcgan-64", "dcgan-laptop-64"])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=list(SETTINGS))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        print(json.dumps(measure(arguments.recipes[0], arguments.measure)))
        return
    for recipe in arguments.recipes:
        for setting in [arguments.only] if arguments.only else SETTINGS:
            pairs = [
                (in_fresh_process(recipe, "default"), in_fresh_process(recipe, setting)) for _ in range(arguments.pairs)
            ]
            ratios = sorted(changed / default for default, changed in pairs)
            speed = statistics.median(default for default, _ in pairs)
            print(
                f"{recipe:16} {setting:14} ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})"
                f"  default {speed:.0f} images/s  — {SETTINGS[setting]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
