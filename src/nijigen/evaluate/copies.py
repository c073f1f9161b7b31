"""Looking for samples among the training pictures: the nearest in features and in pixels, and a sheet of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.data import Dataset
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.memorisation import Memorisation, Nearest, as_pixels, judge
from nijigen.evaluate.reading import chosen_places, real_pictures
from nijigen.evaluate.references import Reference

UNSEEN = 1_000  # pictures that say how near unseen ones come
PAIRS = 12


@dataclass(frozen=True)
class Pair:
    """A sample and its nearest training pictures: their places in the data set, and distances over the usual one."""

    sample: int
    by_features: int
    feature_ratio: float
    by_pixels: int
    pixel_ratio: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sample": self.sample,
            "nearest_by_features": self.by_features,
            "feature_ratio": self.feature_ratio,
            "nearest_by_pixels": self.by_pixels,
            "pixel_ratio": self.pixel_ratio,
        }


@dataclass(frozen=True)
class Copies:
    """What was found.

    Attributes:
        compared: training pictures that samples were compared with, in features and in pixels.
        unseen: where the pictures come from that say how near is usual, in words.
        pairs: the closest, by features first.
        sheet: uint8 ``[3 · pairs, 3, R, R]``: sample, nearest by features, nearest by pixels.
    """

    features: Memorisation
    pixels: Memorisation
    samples: int
    compared: tuple[int, int]
    unseen: str
    pairs: list[Pair]
    sheet: Tensor

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "features": self.features.as_dict(),
            "pixels": self.pixels.as_dict(),
            "samples": self.samples,
            "compared_by_features": self.compared[0],
            "compared_by_pixels": self.compared[1],
            "unseen": self.unseen,
            "closest": [pair.as_dict() for pair in self.pairs],
        }


def find_copies(
    samples: Tensor,
    dataset: Dataset,
    reference: Reference,
    looker: Looker,
    held_out: Dataset | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> Copies:
    """Look for samples uint8 ``[N, 3, R, R]``, and for their mirror images, among the pictures of a data set.

    Args:
        reference: of that data set.
        held_out: pictures of the same kind that the model has not seen; by default pictures of the data set itself,
            each compared with all others.
        advance: told of looks that are done.
    """
    if held_out is not None:
        places = chosen_places(held_out.count, UNSEEN)
        unseen = torch.cat([pictures for pictures, _ in real_pictures(held_out, places)])
        own_rows = own_places = None
    else:
        inside = chosen_places(len(reference.places), UNSEEN)
        own_rows, own_places = inside, reference.places[inside]
        unseen = torch.cat([pictures for pictures, _ in real_pictures(dataset, own_places)])

    def look(pictures: Tensor) -> Tensor:
        advance(len(pictures))
        return looker.extractor(pictures)

    by_features, usual_features = Nearest(_views(samples, look)), Nearest(_views(unseen, look), own_rows)
    for nearest in (by_features, usual_features):
        nearest.add(reference.rows)
    by_pixels = Nearest(_views(samples, as_pixels))
    everything = chosen_places(dataset.count, reference.count)
    # Portions are small, and a search pays for each: gather some before looking.
    usual_pixels = Nearest(_views(unseen, as_pixels), _indices(own_places, everything))
    waiting: list[Tensor] = []
    for pictures, _ in real_pictures(dataset, everything):
        waiting.append(as_pixels(pictures))
        if len(waiting) == 32:
            _search(waiting, by_pixels, usual_pixels)
    _search(waiting, by_pixels, usual_pixels)
    pairs = _closest(by_features, usual_features, by_pixels, usual_pixels, reference.places, everything)
    return Copies(
        judge(by_features.distances, usual_features.distances),
        judge(by_pixels.distances, usual_pixels.distances),
        len(samples),
        (len(reference.rows), len(everything)),
        "held-out pictures" if held_out is not None else "the data set's own pictures, each against the others",
        pairs,
        _sheet(samples, dataset, pairs),
    )


def _views(pictures: Tensor, look: Callable[[Tensor], Tensor]) -> Tensor:
    """Rows of pictures and of their mirror images, ``[2, N, width]``: data sets are mirrored in training."""
    sides = [
        torch.cat([look(part) for part in torch.split(side.contiguous(), 64)]) for side in (pictures, pictures.flip(-1))
    ]
    return torch.stack(sides)


def _indices(places: Tensor | None, among: Tensor) -> Tensor | None:
    return None if places is None else torch.searchsorted(among, places)


def _search(waiting: list[Tensor], *searches: Nearest) -> None:
    if waiting:
        rows = torch.cat(waiting)
        waiting.clear()
        for search in searches:
            search.add(rows)


def _closest(
    features: Nearest,
    usual_features: Nearest,
    pixels: Nearest,
    usual_pixels: Nearest,
    feature_places: Tensor,
    pixel_places: Tensor,
) -> list[Pair]:
    """The samples nearest to a training picture in either space, in times of what is usual there."""
    ratios = [
        (near.distances / usual.distances.median().clamp(min=1e-12)).tolist()
        for near, usual in ((features, usual_features), (pixels, usual_pixels))
    ]
    order = sorted(range(len(ratios[0])), key=lambda index: (min(ratios[0][index], ratios[1][index]), index))
    return [
        Pair(
            index,
            int(feature_places[features.places[index]]),
            ratios[0][index],
            int(pixel_places[pixels.places[index]]),
            ratios[1][index],
        )
        for index in order[:PAIRS]
    ]


def _sheet(samples: Tensor, dataset: Dataset, pairs: list[Pair]) -> Tensor:
    wanted = sorted({place for pair in pairs for place in (pair.by_features, pair.by_pixels)})
    found = torch.cat([pictures for pictures, _ in real_pictures(dataset, torch.tensor(wanted))])
    real = dict(zip(wanted, found, strict=True))
    return torch.stack(
        [picture for p in pairs for picture in (samples[p.sample], real[p.by_features], real[p.by_pixels])]
    )
