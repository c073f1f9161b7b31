"""Does a model draw what it is asked for? A labeler reads its pictures, attribute by attribute."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.schema import AttributeSchema


@dataclass(frozen=True)
class Reading:
    """One attribute.

    Attributes:
        right: share of pictures in which what was asked for is read; ``count`` are those in which it was asked for.
        chance: the share that pictures drawn without looking at the label would get, each value as often as asked for.
        values: for each value that was asked for: (asked for, read right).
        confusions: (asked for, read instead, how often), the most frequent first.
    """

    name: str
    right: float
    chance: float
    count: int
    values: dict[str, tuple[int, int]]
    confusions: list[tuple[str, str, int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "right": self.right,
            "chance": self.chance,
            "count": self.count,
            "values": {value: {"count": count, "right": right} for value, (count, right) in self.values.items()},
            "confusions": [{"wanted": a, "read": b, "count": count} for a, b, count in self.confusions],
        }


class Tally:
    """Counts what was asked for against what is read, for every categorical attribute that two schemas share.

    Args:
        wanted: the schema of the labels that pictures were asked for with.
        read: the schema of the labeler.
    """

    def __init__(self, wanted: AttributeSchema, read: AttributeSchema) -> None:
        self._wanted, self._read = wanted, read
        self.names = [
            attribute.name
            for attribute in wanted.attributes
            if not attribute.continuous
            and attribute.name in read
            and set(attribute.values) & set(read[attribute.name].values)
        ]
        self.counts = {
            name: torch.zeros(len(wanted[name].values), len(read[name].values), dtype=torch.int64)
            for name in self.names
        }

    def add(self, labels: Tensor, probabilities: dict[str, Tensor]) -> None:
        """Take in label rows ``[N, wanted.width]`` and what is read: for each attribute ``[N, values]``.

        Rows that do not ask for an attribute, or for a value that the labeler does not know, are not counted in it.
        """
        for name in self.names:
            block = labels[:, self._wanted.block(name)].cpu()
            known_values = [value in self._read[name].values for value in self._wanted[name].values]
            asked = block.argmax(dim=1)
            counted = block.any(dim=1) & torch.tensor(known_values)[asked]
            said = probabilities[name].cpu().argmax(dim=1)
            columns = self.counts[name].shape[1]
            pairs = (asked * columns + said)[counted]
            self.counts[name] += torch.bincount(pairs, minlength=self.counts[name].numel()).reshape(-1, columns)

    def readings(self, confusions: int = 3) -> dict[str, Reading]:
        """What was counted, for each attribute that was asked for at least once, in the order of the schema."""
        found = {name: self._reading(name, confusions) for name in self.names}
        return {name: reading for name, reading in found.items() if reading is not None}

    def _reading(self, name: str, confusions: int) -> Reading | None:
        counts, wanted, read = self.counts[name], self._wanted[name].values, self._read[name].values
        total = int(counts.sum())
        if not total:
            return None
        asked = counts.sum(dim=1).tolist()
        values = {
            value: (asked[row], int(counts[row, read.index(value)])) for row, value in enumerate(wanted) if asked[row]
        }
        mixed = [
            (wanted[row], read[column], int(counts[row, column]))
            for row, column in counts.nonzero().tolist()
            if wanted[row] != read[column]
        ]
        mixed.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
        return Reading(
            name,
            right=sum(right for _, right in values.values()) / total,
            chance=sum((count / total) ** 2 for count in asked),
            count=total,
            values=values,
            confusions=mixed[:confusions],
        )
