"""The labeler at work: rows of features for distances, and words with their confidence for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.labeler import read_labeler
from nijigen.features.labeler_network import RESIZER, Labeler

BATCH = 64
LEAST = 0.9
FARTHEST = 1.0  # strangeness up to which a picture is like those the labeler learned from


class LabelerExtractor:
    """The labeler's features, as an :class:`nijigen.features.extractor.Extractor`."""

    def __init__(self, path: Path | None = None) -> None:
        """
        Args:
            path: a labeler of one's own; None is the one that comes with nijigen.

        Raises:
            NijigenError: no such file, or it is damaged.
        """
        self.labeler, self.card, self.digest = read_labeler(path)
        self.name = "labeler" if path is None else path.name
        self.width = self.labeler.width
        self.resizer = RESIZER

    @torch.no_grad()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures uint8 ``[N, 3, H, W]`` → float32 ``[N, width]``."""
        if not len(pictures):
            return torch.empty(0, self.width)
        return torch.cat([self.labeler(part).features for part in torch.split(pictures, BATCH)])


@dataclass(frozen=True)
class Reading:
    """What a picture shows.

    Attributes:
        labels: the attributes whose confidence is enough, in schema order.
        confidence: of every attribute's likeliest value, in [0, 1].
        strangeness: how unlike the pictures that the labeler learned from it is; up to 1 is usual.
        strange: whether that is too far to be labelled at all.
    """

    labels: dict[str, str]
    confidence: dict[str, float]
    strangeness: float
    strange: bool


@torch.no_grad()
def read_pictures(
    labeler: Labeler, pictures: Tensor, least: float = LEAST, farthest: float = FARTHEST
) -> Iterator[Reading]:
    """Label pictures uint8 ``[N, 3, H, W]``; what is not sure, or not like anything learned, stays unknown.

    Args:
        least: confidence that a label needs, in [0, 1].
        farthest: strangeness up to which a picture gets labels.

    Raises:
        NijigenError: ``least`` is no share.
    """
    if not 0 <= least <= 1:
        raise NijigenError(f"--least {least:g}: use a share from 0 to 1, like {LEAST}")
    for part in torch.split(pictures, BATCH):
        seen = labeler(part)
        far = labeler.strangeness(seen.places).tolist()
        best = {name: rows.max(dim=1) for name, rows in labeler.calibrated(seen.logits).items()}
        for row, strangeness in enumerate(far):
            labels, confidence = {}, {}
            for attribute in labeler.schema.attributes:
                sure = float(best[attribute.name].values[row])
                confidence[attribute.name] = sure
                if sure >= least and strangeness <= farthest:
                    labels[attribute.name] = attribute.values[int(best[attribute.name].indices[row])]
            yield Reading(labels, confidence, strangeness, strangeness > farthest)
