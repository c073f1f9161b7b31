"""Looking for samples among the training pictures: the nearest in features and in pixels, and a sheet of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.data import Dataset
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.memorisation import Memorisation, Nearest, as_pixels, judge
from nijigen.evaluate.reading import BATCH, chosen_places, real_pictures
from nijigen.evaluate.references import Reference

UNSEEN = 1_000  # pictures that say how near unseen ones come
PAIRS = 12
PORTIONS = 32  # of pictures that are searched at once: portions are small, and a search pays for each


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
    features: Tensor,
    dataset: Dataset,
    reference: Reference,
    looker: Looker,
    held_out: Dataset | None = None,
    kept_out: Tensor | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> Copies:
    """Look for samples uint8 ``[N, 3, R, R]``, and for their mirror images, among the pictures of a data set.

    How near is usual is told by pictures that the model has not seen: of ``held_out``; else those of ``kept_out``; else
    by pictures of the data set itself, each compared with all others.

    Args:
        features: of the samples, ``[N, width]``.
        reference: of that data set.
        kept_out: places in the data set that its training left out, ascending.
        advance: told of looks that are done.
    """
    by_feature, by_pixel = reference.places, chosen_places(dataset.count, reference.count)
    rows, own = reference.rows, None
    unseen_set, origin = dataset, "the data set's own pictures, each against the others"
    if kept_out is not None and len(kept_out):
        trained = ~torch.isin(by_feature, kept_out)
        by_feature, rows = by_feature[trained], rows[trained]
        by_pixel = by_pixel[~torch.isin(by_pixel, kept_out)]
    if held_out is not None:
        unseen_set, places, origin = held_out, chosen_places(held_out.count, UNSEEN), "held-out pictures"
    elif kept_out is not None and len(kept_out):
        places, origin = kept_out[chosen_places(len(kept_out), UNSEEN)], "pictures that the training left out"
    else:
        own = chosen_places(len(by_feature), UNSEEN)
        places = by_feature[own]
    unseen = torch.cat([pictures for pictures, _ in real_pictures(unseen_set, places)])

    def look(pictures: Tensor) -> Tensor:
        advance(len(pictures))
        return looker.extractor(pictures)

    known = None if held_out is not None else _known(reference, places)
    near_features = Nearest(_both_ways(samples, look, features))
    usual_features = Nearest(_both_ways(unseen, look, known), own)
    for search in (near_features, usual_features):
        search.add(rows)
    near_pixels = Nearest(_both_ways(samples, as_pixels))
    usual_pixels = Nearest(_both_ways(unseen, as_pixels), None if own is None else torch.searchsorted(by_pixel, places))
    waiting: list[Tensor] = []
    for pictures, _ in real_pictures(dataset, by_pixel):
        waiting.append(as_pixels(pictures))
        if len(waiting) == PORTIONS:
            _search(waiting, near_pixels, usual_pixels)
    _search(waiting, near_pixels, usual_pixels)
    pairs = _closest(near_features, usual_features, near_pixels, usual_pixels, by_feature, by_pixel)
    return Copies(
        judge(near_features.distances, usual_features.distances),
        judge(near_pixels.distances, usual_pixels.distances),
        len(samples),
        (len(rows), len(by_pixel)),
        origin,
        pairs,
        _sheet(samples, dataset, pairs),
    )


def _both_ways(pictures: Tensor, look: Callable[[Tensor], Tensor], known: Tensor | None = None) -> Tensor:
    """Rows of pictures and of their mirror images, ``[2, N, width]``: pictures are mirrored in training.

    Args:
        known: the rows of the pictures themselves, where somebody has looked at them already.
    """
    sides = [pictures.flip(-1)] if known is not None else [pictures, pictures.flip(-1)]
    found = [torch.cat([look(part) for part in torch.split(side.contiguous(), BATCH)]) for side in sides]
    return torch.stack(found if known is None else [known, *found])


def _known(reference: Reference, places: Tensor) -> Tensor | None:
    """Features of the pictures at these places, where the reference holds all of them."""
    if not bool(torch.isin(places, reference.places).all()):
        return None
    return reference.rows[torch.searchsorted(reference.places, places)]


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
