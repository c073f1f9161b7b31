"""The attributes of an avatar that were not given: drawn as they occurred together in the training data."""

import math

import torch
from torch import Tensor

from nijigen.remaining import Remaining
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import derive

CHOICE = 16  # rows of training labels to choose from, at least
CONTINUOUS_DIGITS = 4  # of the range: a drawn continuous attribute is rounded, so that the certificate reads well


def draw_labels(schema: AttributeSchema, rows: Tensor, seed: int, wanted: Labels, left: Remaining) -> Labels:
    """All attributes of an avatar: those wanted, the rest from one of the training's label rows that fit them best.

    Where hardly a row has all that is wanted, rows that have less of it count too: the rest should still vary.

    Args:
        rows: label vectors of the training data ``[N, width]``.
        left: attributes of which only some values may be drawn. A row with one of them fits; where the row that is
            taken has none of them, the seed chooses one.
    """
    if not schema.width:
        return {}
    fit = torch.zeros(len(rows))
    for name, value in wanted.items():
        block = schema.block(name)
        target = torch.from_numpy(schema.encode({name: value})[block])
        fit += (rows[:, block] * target).sum(dim=1)
    for name, values in left.items():
        block = schema.block(name)
        may = torch.tensor([float(value in values) for value in schema[name].values])
        # More than all that is wanted together: what a row lacks of that is put in, what must not be would be made up.
        fit += (rows[:, block] * may).sum(dim=1) * (len(wanted) + 1)
    enough = fit.topk(min(CHOICE, len(fit))).values[-1]
    candidates = torch.nonzero(fit >= enough - 1e-6).flatten()
    row = rows[int(candidates[derive(seed, "labels") % len(candidates)])]
    drawn = {name: _short(schema, name, value) for name, value in schema.decode(row).items()}
    for name, values in left.items():
        if drawn.get(name) not in values:
            drawn[name] = values[derive(seed, "instead", name) % len(values)]
    return schema.normalize({**drawn, **wanted})


def _short(schema: AttributeSchema, name: str, value: str | float) -> str | float:
    limits = schema[name].range
    if limits is None or isinstance(value, str):
        return value
    low, high = limits
    digits = CONTINUOUS_DIGITS - math.floor(math.log10(high - low))
    return min(max(round(value, digits), low), high)  # rounding must not lead out of the range
