"""What a run will cost, measured before it starts: time, memory, disk."""

import copy
import math
import os
from dataclasses import dataclass

import psutil
import torch

from nijigen.progress import duration
from nijigen.training.loop import Trainer
from nijigen.training.samples import layout
from nijigen.training.timing import measure, stretches

WORTH_SAYING = 1.3
SAMPLE_SHEET_BYTES_PER_PIXEL = 2.0  # PNG of young samples is noisy: about two bytes a pixel


@dataclass(frozen=True)
class Forecast:
    """Measured on a copy of the state, so that the run itself is not touched.

    Attributes:
        seconds: for what is left of the run, at the speed of the trial; sheets and checkpoints not counted.
        memory: bytes: resident memory of this process, or what torch allocated on the GPU.
        disk: bytes of the finished run folder, at its fullest.
        one_thread: how many times as fast one thread would be. Where other programs keep the cores busy, threads that
            wait for each other can be many times slower than one that waits for nobody.
        compiled: the run compiles its networks, and the measured steps did not: to compile them for a forecast would
            take the time that it takes the run, twice.
    """

    images_per_second: float
    seconds: float
    memory: int
    disk: int
    one_thread: float
    compiled: bool = False

    def sentence(self) -> str:
        """One line for people."""
        measured = (
            f"about {duration(self.seconds)} at {self.images_per_second:,.0f} images/s, "
            f"{self.memory / 1e9:.1f} GB of memory, {self.disk / 1e6:,.0f} MB of disk"
        )
        return f"{measured}; all measured without torch.compile" if self.compiled else measured

    def advice(self) -> str | None:
        """What would make it faster, if something would."""
        if self.one_thread < WORTH_SAYING:
            return None
        return f"the cores are busy: one thread would be {self.one_thread:.1f} times as fast now (--threads 1)"


def forecast(trainer: Trainer) -> Forecast:
    """Take a few turns on a copy and put down what the rest will cost."""
    plain = trainer.recipe.model_copy(update={"compile": False})
    trial = Trainer(plain, copy.deepcopy(trainer.state), trainer.phases, trainer.streams, trainer.device)
    left = stretches(trainer)
    seconds = sum(images / measure(trial, at=at).images_per_second for at, images in left)
    threads = torch.get_num_threads()
    faster = 1.0
    if trainer.device.type == "cpu" and threads > 1 and left:
        longest = max(left, key=lambda stretch: stretch[1])[0]
        together = measure(trial, at=longest).seconds
        torch.set_num_threads(1)
        faster = together / measure(trial, at=longest).seconds
        torch.set_num_threads(threads)
    recipe, state = trainer.recipe, trainer.state
    sheets = recipe.images // recipe.output.samples_every + 1
    sheet_pixels = math.prod(layout(recipe.resolution)) * recipe.resolution**2 * recipe.channels
    checkpoint = sum(value.nbytes for value in trial.state.tensors().values())
    model = sum(value.nbytes for network in state.networks.values() for value in network.state_dict().values())
    disk = (recipe.output.keep + 1) * checkpoint + model + int(sheets * sheet_pixels * SAMPLE_SHEET_BYTES_PER_PIXEL / 3)
    rate = sum(images for _, images in left) / seconds if seconds else 0.0
    return Forecast(rate, seconds, memory_in_use(trainer.device), disk, faster, recipe.compile)


def memory_in_use(device: torch.device) -> int:
    """Bytes: resident memory of this process, or what torch allocated on the GPU at most."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return int(psutil.Process(os.getpid()).memory_info().rss)
