"""The way from the start to the finished picture, as a moving picture."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.files import write_bytes
from nijigen.images.animation import FILMS, PICTURES, encode_animation
from nijigen.images.sheet import Pixels
from nijigen.images.source import SourceType

FRAMES = 60  # unless --every says otherwise
MOST_FRAMES = 600
LARGEST = 512  # pixels a side of a frame
FPS = 12


class Preview:
    """Keeps a frame now and then while a picture is painted (a :data:`nijigen.style.painting.Watch`)."""

    def __init__(self, path: Path, size: tuple[int, int], steps: int, every: int | None = None) -> None:
        """
        Args:
            path: what to write; its ending names the format.
            size: (width, height) of what comes out.
            steps: how many there will be at most.
            every: steps from frame to frame; None: so that there are about 60.

        Raises:
            NijigenError: what could not be written at the end, or too many frames.
        """
        suffix = path.suffix.lower()
        if suffix not in (*PICTURES, *FILMS):
            raise NijigenError(f"--preview {path}: use a name that ends in {', '.join((*PICTURES, *FILMS))}")
        if suffix in FILMS and importlib.util.find_spec("av") is None:
            raise NijigenError(f"--preview {path}: films need PyAV: pip install 'nijigen[video]', or name a .webp")
        self.every = max(1, -(-steps // FRAMES)) if every is None else every
        if self.every < 1 or steps / self.every > MOST_FRAMES:
            least = max(1, -(-steps // MOST_FRAMES))
            raise NijigenError(
                f"--every {self.every}: use {least} or more, so that there are at most {MOST_FRAMES} frames"
            )
        factor = min(1.0, LARGEST / max(size))
        self.path, self.size = path, (max(1, round(size[0] * factor)), max(1, round(size[1] * factor)))
        self.frames: list[Pixels] = []

    def __call__(self, number: int, show: Callable[[], Image.Image]) -> None:
        """Step ``number`` was taken."""
        if (number - 1) % self.every == 0:
            self.add(show())

    def add(self, image: Image.Image) -> None:
        """One more frame."""
        self.frames.append(np.asarray(image.resize(self.size, Image.Resampling.BICUBIC)))

    def write(self, last: Image.Image) -> Path:
        """Write the frames and the finished picture, which stays a second."""
        for _ in range(FPS):
            self.add(last)
        return write_bytes(self.path, encode_animation(self.path, self.frames, FPS, source=SourceType.EDITED))
