"""An exported model at work: two files in ONNX behind the two questions that a generator answers."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.images.onnx import first_line, open_session

MAPPING_FILE, SYNTHESIS_FILE, TRANSLATION_FILE = "mapping.onnx", "synthesis.onnx", "translation.onnx"
# Denormal numbers are flushed as torch's are here. Threads that wait sleep: where they go on looking for work instead,
# the next layer begins a little sooner on an idle machine, and much later on one with other work.
SETTINGS = {"session.set_denormal_as_zero": "1", "session.intra_op.allow_spinning": "0"}


class Graphs:
    """The two graphs of a folder, opened once.

    Args:
        folder: as ``nijigen export --to onnx`` wrote it.
        threads: on the CPU.

    Raises:
        NijigenError: onnxruntime is missing, or a file is missing or damaged.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.folder = folder
        self._mapping, self._synthesis = (
            open_session(folder / name, "an exported model", threads, SETTINGS)
            for name in (MAPPING_FILE, SYNTHESIS_FILE)
        )
        self._asked = {one.name for one in self._mapping.get_inputs()}
        self.takes_noise = "maps" in {one.name for one in self._synthesis.get_inputs()}

    def latent(self, z: Tensor, labels: Tensor, truncation: float = 1.0) -> Tensor:
        """Noise ``[n, z_dim]`` and labels ``[n, label_width]`` → latents, drawn toward the middle of their labels."""
        given = {"z": z, "labels": labels, "truncation": torch.tensor(truncation)}
        return _run(self._mapping, {name: value for name, value in given.items() if name in self._asked})

    def images(self, latent: Tensor, noise: float = 1.0, maps: Tensor | None = None) -> Tensor:
        """Latents → pictures ``[n, C, R, R]``; ``maps`` ``[1 or n, numbers]`` where the model has per-pixel noise."""
        given = {"latent": latent}
        if self.takes_noise:
            if maps is None:
                raise ValueError("this model has per-pixel noise: its maps are needed")
            given |= {"noise": torch.tensor(noise), "maps": maps}
        return _run(self._synthesis, given)


class TranslationGraph:
    """A translator's graph of a folder, opened once; arguments and errors as of :class:`Graphs`."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._session = open_session(folder / TRANSLATION_FILE, "an exported translator", threads, SETTINGS)

    def images(self, picture: Tensor) -> Tensor:
        """Pictures ``[n, 3, h, w]`` → the same shape."""
        return _run(self._session, {"picture": picture})


def _run(session: Any, given: dict[str, Tensor]) -> Tensor:
    feeds = {name: np.ascontiguousarray(value.detach().cpu().float().numpy()) for name, value in given.items()}
    try:
        (made,) = session.run(None, feeds)
    except Exception as error:  # onnxruntime has a type of its own for everything
        raise NijigenError(f"onnxruntime cannot run this model: {first_line(error)}") from None
    return torch.from_numpy(made)
