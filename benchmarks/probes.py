"""What a probe costs, in images of training: processor time on one thread.

python benchmarks/probes.py                         # dcgan-, stylegan2- and wgan-gp-laptop-32
python benchmarks/probes.py sagan-laptop-32 --rounds 10
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from nijigen.data import Dataset, prepare
from nijigen.machine import place, prepare_machine
from nijigen.models.registry import find_family
from nijigen.training.adversarial import GAMES
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.probe import probe
from nijigen.training.recipe import load_recipe
from nijigen.training.state import TrainingState
from nijigen.training.streams import Stream

RECIPES = ("dcgan-laptop-32", "stylegan2-laptop-32", "wgan-gp-laptop-32")
STEPS = 48  # whole rounds of every lazy phase


def trainer_of(name: str, dataset: Path) -> Trainer:
    """A training at its full resolution, warmed up."""
    growth = ("growth.start=0", "growth.fade=0", "growth.stable=0", "growth.batch={}", "growth.rate={}")
    recipe, cpu = load_recipe(name, growth), torch.device("cpu")
    stream = Stream(Dataset.open(dataset), recipe, cpu)
    networks = {key: place(network, cpu) for key, network in fresh_networks(recipe, stream.blocks).items()}
    phases = GAMES[find_family(recipe.family).game](recipe, stream.label_width)
    trainer = Trainer(recipe, TrainingState(networks, recipe), phases, {"images": stream}, cpu)
    for _ in range(STEPS):
        trainer.step()
    return trainer


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def train(trainer: Trainer) -> None:
    """Some steps."""
    for _ in range(STEPS):
        trainer.step()


def main() -> None:
    """A line a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=list(RECIPES))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    prepare_machine(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "drawings"
        prepare("chibi:1000", dataset, size=32, quiet=True)
        for name in arguments.recipes:
            trainer = trainer_of(name, dataset)
            probe(trainer)  # the first one also sets things up
            pairs = [
                (spent(lambda: probe(trainer)), spent(lambda: train(trainer)))  # noqa: B023 - called at once
                for _ in range(arguments.rounds)
            ]
            images = STEPS * trainer.recipe.batch
            ratios = sorted(asked / trained * images for asked, trained in pairs)
            share = statistics.median(ratios) / trainer.recipe.probe.every
            print(
                f"{name}: a probe costs as much as {statistics.median(ratios):.0f} images"
                f" ({ratios[0]:.0f} to {ratios[-1]:.0f}), {share:.1%} with one every {trainer.recipe.probe.every:,}"
            )


if __name__ == "__main__":
    main()
