"""What share of a training step goes into getting the pictures.

    python benchmarks/loading.py [DATASET] [--recipe dcgan-64]

Runs real steps on a resident data set (without DATASET: on 2,048 random pictures) and times the draws inside them:
gather, flip, crop, conversion to float and to the networks' memory layout. The bound is 2 % of a step.
"""

import argparse
import time
from pathlib import Path

import torch

from nijigen.data import Dataset, Resident
from nijigen.machine import place, prepare_machine
from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.loop import Trainer
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import Moment
from nijigen.training.state import TrainingState
from nijigen.training.streams import Stream

STEPS, WARM_UP = 20, 3


class Timed(Stream):
    """A stream that adds up the time its draws take."""

    seconds = 0.0

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        """The same batch, timed."""
        began = time.perf_counter()
        batch = super().draw(phase, needs_pictures, moment, start, count)
        self.seconds += time.perf_counter() - began
        return batch


class RandomPictures:
    """As much of a data set as a stream needs, with random pictures."""

    def __init__(self, recipe: Recipe, count: int = 2048) -> None:
        self.schema = AttributeSchema([Attribute("hair_color", ("black", "pink", "blue"))])
        images = torch.randint(256, (count, recipe.channels, recipe.resolution, recipe.resolution), dtype=torch.uint8)
        self.resident = Resident(images, torch.eye(3)[torch.arange(count) % 3], self.schema)

    def load(self, device: str) -> Resident:
        """The pictures."""
        return self.resident


def main() -> None:
    """Print the share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", type=Path)
    parser.add_argument("--recipe", default="dcgan-64")
    arguments = parser.parse_args()
    threads = prepare_machine()
    recipe, cpu = load_recipe(arguments.recipe, ["pictures.crop=2"]), torch.device("cpu")
    dataset = Dataset.open(arguments.dataset) if arguments.dataset else RandomPictures(recipe)
    stream = Timed(dataset, recipe, cpu)  # type: ignore[arg-type]
    shape = Shape(recipe.resolution, recipe.channels, stream.label_width)
    networks = find_family(recipe.family).build(shape, recipe.options())
    state = TrainingState({name: place(network, cpu) for name, network in networks.items()}, recipe)
    trainer = Trainer(recipe, state, adversarial_phases(recipe), {"images": stream}, cpu)
    for _ in range(WARM_UP):
        trainer.step()
    stream.seconds, started = 0.0, time.perf_counter()
    for _ in range(STEPS):
        trainer.step()
    step = (time.perf_counter() - started) / STEPS
    draw = stream.seconds / STEPS
    print(
        f"{recipe.name}, batch {recipe.batch}, {threads} threads: step {step * 1e3:.1f} ms, of which drawing "
        f"{draw * 1e3:.2f} ms = {draw / step:.2%}; {recipe.batch / step:.0f} images/s"
    )


if __name__ == "__main__":
    main()
