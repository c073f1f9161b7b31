"""One look at each picture: features for the distances, and the labeler's readings where they are wanted."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.extractor import Extractor, open_extractor
from nijigen.features.labeler import Labeler, read_labeler
from nijigen.features.reading import LabelerExtractor


@dataclass
class Seen:
    """Attributes:
    features: float32 ``[N, width]``.
    readings: for each attribute scores ``[N, values]``, the largest of which is what is read; None without a labeler.
    """

    features: Tensor
    readings: dict[str, Tensor] | None


class Looker:
    """An extractor, and a labeler beside it; the labeler looks only once where it is both.

    Args:
        labeler: None where nobody asks what pictures show.
        labeler_digest: SHA-256 of its weights; empty without one.
    """

    def __init__(self, extractor: Extractor, labeler: Labeler | None = None, labeler_digest: str = "") -> None:
        self.extractor, self.labeler = extractor, labeler
        self.labeler_digest = labeler_digest if labeler is not None else ""
        self._both = (
            extractor.labeler
            if isinstance(extractor, LabelerExtractor) and extractor.digest == self.labeler_digest
            else None
        )

    @torch.no_grad()
    def __call__(self, pictures: Tensor) -> Seen:
        """Pictures uint8 ``[N, 3, R, R]``, as many as the extractor takes at once."""
        if self._both is not None:
            seen = self._both(pictures)
            return Seen(seen.features, seen.logits)
        features = self.extractor(pictures)
        return Seen(features, None if self.labeler is None else self.labeler(pictures).logits)


def open_looker(features: str, threads: int | None, reads: bool, insisted: bool) -> tuple[Looker, str]:
    """The extractor of that name and, where what pictures show is to be read, the labeler; and a remark.

    Args:
        features: what :func:`nijigen.features.extractor.open_extractor` takes; a labeler of one's own also reads.
        reads: attributes are to be read.
        insisted: they were asked for by name, so that it is a mistake when there is no labeler.

    Raises:
        NijigenError: no such extractor; no labeler, though attributes were asked for by name.
    """
    extractor = open_extractor(features, threads)
    if not reads:
        return Looker(extractor), ""
    if isinstance(extractor, LabelerExtractor):
        return Looker(extractor, extractor.labeler, extractor.digest), ""
    try:
        labeler, _, digest = read_labeler()
    except NijigenError as error:
        if insisted:
            raise
        return Looker(extractor), f"attributes were not read: {error}"
    return Looker(extractor, labeler, digest), ""
