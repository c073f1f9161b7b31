"""The attributes of an avatar that were not given: drawn as they occurred together in the training data."""

import math

import torch
from torch import Tensor

from nijigen.remaining import Remaining
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import derive

CHOICE = 16  # rows of training labels to choose from, at least
NEVER = 8  # rows of a word, none of which has an attribute: it does not go with the word
CONTINUOUS_DIGITS = 4  # of the range: a drawn continuous attribute is rounded, so that the certificate reads well


def draw_labels(schema: AttributeSchema, rows: Tensor, seed: int, wanted: Labels, left: Remaining) -> Labels:
    """All attributes of an avatar: those wanted, the rest from one of the training's label rows that fit them best.

    Where hardly a row has all that is wanted, rows that have less of it count too: the rest should still vary. What
    never occurred with a wanted word is left out: closed eyes have no colour.

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
    for name in _absent(schema, rows, wanted) - left.keys():
        drawn.pop(name, None)
    for name, values in left.items():
        if drawn.get(name) not in values:
            drawn[name] = values[derive(seed, "instead", name) % len(values)]
    return schema.normalize({**drawn, **wanted})


def _absent(schema: AttributeSchema, rows: Tensor, wanted: Labels) -> set[str]:
    """What an avatar with these words has not.

    What no row with one of them has; and where a row has them and no others, what none has that has them all.
    """
    words = [one.name for one in schema.attributes if one.range is None]
    said, others = [name for name in words if name in wanted], [name for name in words if name not in wanted]
    if not (said and others):
        return set()
    known = torch.stack([rows[:, schema.block(name)].any(dim=1) for name in others], dim=1)
    fits, never = torch.ones(len(rows), dtype=torch.bool), torch.zeros(len(others), dtype=torch.bool)
    for name in said:
        has = rows[:, schema.block(name)][:, schema[name].values.index(str(wanted[name]))] > 0
        fits &= has
        if int(has.sum()) >= NEVER:
            never |= ~known[has].any(dim=0)
    if bool((fits & ~known.any(dim=1)).any()):
        never |= ~known[fits].any(dim=0)
    return {name for name, gone in zip(others, never.tolist(), strict=True) if gone}


def _short(schema: AttributeSchema, name: str, value: str | float) -> str | float:
    limits = schema[name].range
    if limits is None or isinstance(value, str):
        return value
    low, high = limits
    digits = CONTINUOUS_DIGITS - math.floor(math.log10(high - low))
    return min(max(round(value, digits), low), high)  # rounding must not lead out of the range
