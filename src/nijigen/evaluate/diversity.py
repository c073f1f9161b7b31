"""How much pictures differ that were asked for with the same word: a collapse within an attribute, seen in numbers.

A conditional model may draw many kinds of pictures and yet one person with pink hair. The measure is the root of the
mean squared distance of features to the mean of their group, over the same of the real pictures of that word: about 1
is as diverse, toward 0 is one and the same picture.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.schema import AttributeSchema

LEAST = 20  # pictures of a word on either side; of fewer a spread says little


class Spreads:
    """The spread of features around their mean, for all pictures and for each column of their labels, in one pass.

    Sums are taken of features less a fixed row near their mean, so that no digits are lost in a difference of squares.

    Attributes:
        counts: pictures of each column, ``[1 + label_width]``; the first is of all.
    """

    def __init__(self, width: int, label_width: int) -> None:
        self.counts = torch.zeros(1 + label_width, dtype=torch.float64)
        self.sums = torch.zeros(1 + label_width, width, dtype=torch.float64)
        self.squares = torch.zeros(1 + label_width, dtype=torch.float64)
        self.origin = torch.zeros(width, dtype=torch.float64)

    def add(self, rows: Tensor, labels: Tensor) -> None:
        """Take in feature rows ``[N, width]`` and label rows ``[N, label_width]``; only whole labels (1) count."""
        rows = rows.to(torch.float64)
        if not self.counts[0] and len(rows):
            self.origin = rows.mean(dim=0)
        rows = rows - self.origin
        member = torch.cat([torch.ones(len(rows), 1), (labels.cpu() == 1).float()], dim=1).to(torch.float64)
        self.counts += member.sum(dim=0)
        self.sums += member.T @ rows
        self.squares += member.T @ rows.square().sum(dim=1)

    def spreads(self) -> list[float]:
        """Root mean squared distance to the mean of the group for each column, unbiased; nan below two pictures."""
        found = []
        for count, total, squares in zip(self.counts.tolist(), self.sums, self.squares.tolist(), strict=True):
            spread = (squares - float(total.square().sum()) / count) / (count - 1) if count >= 2 else math.nan
            found.append(math.sqrt(spread) if spread > 0 else (0.0 if spread <= 0 else math.nan))
        return found


@dataclass(frozen=True)
class Diversity:
    """Shares of the real spread.

    Attributes:
        whole: of all pictures together.
        words: of each word with enough pictures on both sides: attribute → value → share.
    """

    whole: float
    words: dict[str, dict[str, float]]

    def narrowest(self) -> tuple[str, str, float] | None:
        """The word within which made pictures differ least from each other: attribute, value, share."""
        shares = [(share, name, value) for name, values in self.words.items() for value, share in values.items()]
        if not shares:
            return None
        share, name, value = min(shares)
        return name, value, share

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"all": self.whole, "within": self.words}


def compare_spreads(real: Spreads, made: Spreads, schema: AttributeSchema) -> Diversity:
    """The spreads of made pictures as shares of the real ones'; both sets have labels of the same schema."""
    mine, theirs = made.spreads(), real.spreads()
    words: dict[str, dict[str, float]] = {}
    for attribute in schema.attributes:
        if attribute.continuous:
            continue
        first = 1 + schema.block(attribute.name).start
        for column, value in enumerate(attribute.values, first):
            enough = min(real.counts[column], made.counts[column]) >= LEAST
            if enough and theirs[column] > 0:
                words.setdefault(attribute.name, {})[value] = mine[column] / theirs[column]
    return Diversity(mine[0] / theirs[0] if theirs[0] > 0 else math.nan, words)
