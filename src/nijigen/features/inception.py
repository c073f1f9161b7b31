"""Standard Inception, for the number that everybody calls FID; for those who have its weights.

They are 96 MB and belong to others: ``nijigen weights get inception-fid`` fetches them once, and where there is no
network the message says what to put where. Everything that is known to change the number is fixed here as
pytorch-fid has it: the converted weights of 2015, bilinear resizing to 299 px without antialiasing, values in [-1, 1].
"""

import pickle
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.features.inception_network import WIDTH, Inception
from nijigen.weights import find_weights, known_weights

WEIGHTS = "inception-fid"
SIZE = 299
BATCH = 16
UNUSED = ("fc.", "AuxLogits.")


class InceptionExtractor:
    """The features of the FID, as an :class:`nijigen.features.extractor.Extractor`."""

    name = "inception"
    width = WIDTH
    resizer = f"bilinear, not antialiased, to {SIZE} px, as pytorch-fid"

    def __init__(self, path: Path, digest: str) -> None:
        """
        Args:
            path: the weights.
            digest: SHA-256 of the file, which its finder has checked.

        Raises:
            NijigenError: the file does not hold this network.
        """
        try:
            tensors = torch.load(path, map_location="cpu", weights_only=True)  # no code in a pickle is ever run
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise NijigenError(f"{path} is damaged: {' '.join(str(error).split())[:200]}") from None
        self.digest = digest
        self._network = fill(tensors, path)

    @torch.no_grad()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures uint8 ``[N, 3, H, W]`` → float32 ``[N, 2048]``."""
        if not len(pictures):
            return torch.empty(0, WIDTH)
        return torch.cat([self._network(_shown(part)) for part in torch.split(pictures, BATCH)])


def open_inception() -> InceptionExtractor:
    """Inception with the weights that the registry knows.

    Raises:
        NijigenError: they are not here and cannot be downloaded; it says what to put where.
    """
    return InceptionExtractor(find_weights(WEIGHTS), known_weights(WEIGHTS).sha256)


def fill(tensors: dict[str, Tensor], path: Path) -> Inception:
    """The network with weights, in evaluation mode.

    Raises:
        NijigenError: they are not those of this network.
    """
    network = Inception()
    try:
        given = {name: value for name, value in tensors.items() if not name.startswith(UNUSED)}
        # Old files have no such counters; they count batches of training and change nothing here.
        counters = {name: value for name, value in network.state_dict().items() if name.endswith("num_batches_tracked")}
        network.load_state_dict({**counters, **given})
    except (RuntimeError, AttributeError, TypeError) as error:
        raise NijigenError(f"{path} does not hold Inception: {' '.join(str(error).split())[:200]}") from None
    placed: Inception = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return placed.eval().requires_grad_(False)


def _shown(pictures: Tensor) -> Tensor:
    values = pictures.float().div_(255)
    if values.shape[-2:] != (SIZE, SIZE):
        values = functional.interpolate(values, (SIZE, SIZE), mode="bilinear", align_corners=False)
    return values.mul_(2).sub_(1).contiguous(memory_format=torch.channels_last)
