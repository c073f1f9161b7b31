"""Where words tell: the places of aligned pictures that differ with a word.

Most of a drawing is hair, hardly a hundredth its mouth, and of an expression there is nothing to see but the mouth, the
eyes and the brows. A distance that weighs all pixels alike asks for hair first. Where a data set has labels it can be
counted which places belong to which words: those whose mean picture differs from word to word, as in an analysis of
variance. All attributes count alike, however many pixels they show in.
"""

import torch
from torch import Tensor

from nijigen.data.resident import Resident
from nijigen.schema import AttributeSchema

PICTURES = 8_000  # that are looked at
AT_ONCE = 500
WORDS = 3  # and more: what has two words, boy and girl, is told by what hair and clothes are told by


def telling_places(resident: Resident, labels: Tensor, rows: Tensor, schema: AttributeSchema) -> Tensor | None:
    """How much each place says of the words of a data set, ``[1, 1, R, R]`` of mean 1; None where none says anything.

    For each attribute the variance between the mean pictures of its words, less what chance gives, in parts of its sum
    over all places; the mean over attributes.

    Args:
        labels: ``[M, width]``, the labels of the pictures in ``rows``.
        rows: int64 ``[M]``, pictures of the resident data set.
    """
    blocks = [schema.block(one.name) for one in schema.attributes if len(one.values) >= WORDS]
    labels = labels[:PICTURES].cpu().double()
    sums = squares = None
    count = len(labels)
    for first in range(0, count, AT_ONCE):
        images, _ = resident.batch(rows[first : min(first + AT_ONCE, count)], flip=False, crop=0)
        flat = images.cpu().flatten(1)
        part, square = labels[first : first + AT_ONCE].float().T @ flat, flat.double().square().sum(dim=0)
        sums = part.double() if sums is None else sums + part
        squares = square if squares is None else squares + square
    if sums is None or squares is None:
        return None
    side, maps = resident.images.shape[-1], []
    for block in blocks:
        said = labels[:, block].sum(dim=0)
        there = said > 0
        if int(there.sum()) < 2:
            continue
        means, share, known = sums[block][there] / said[there, None], said[there] / said.sum(), said.sum()
        middle = share @ means
        between = share @ (means - middle).square()
        chance = (squares / count - middle.square()).clamp(min=0) * (int(there.sum()) - 1) / known
        places = (between - chance).clamp(min=0).reshape(-1, side, side).sum(dim=0)
        if places.sum() > 0:
            maps.append(places / places.mean())
    return torch.stack(maps).mean(dim=0).float()[None, None] if maps else None
