"""The data sets that a run learns from: one of avatars, or photos and the drawings that they are to look like."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nijigen.data import Dataset

IMAGES, PHOTOS, DRAWINGS = "images", "photos", "drawings"


@dataclass(frozen=True)
class Sources:
    """Data sets by what they are to a run.

    Attributes:
        sets: the first is the one whose pictures are counted: ``images``, or ``photos`` before ``drawings``.
    """

    sets: Mapping[str, Dataset]

    @classmethod
    def of(cls, given: "Dataset | Sources") -> "Sources":
        """A data set alone is that of the images."""
        return given if isinstance(given, Sources) else cls({IMAGES: given})

    def __getitem__(self, name: str) -> Dataset:
        return self.sets[name]

    @property
    def name(self) -> str:
        """What a run of them is called by default."""
        return "-".join(dataset.name for dataset in self.sets.values())

    @property
    def place(self) -> str:
        """Where they lie, as messages name them."""
        return " and ".join(str(dataset.store.name) for dataset in self.sets.values())

    @property
    def count(self) -> int:
        """Pictures of the first one: an epoch."""
        return next(iter(self.sets.values())).count

    @property
    def digest(self) -> str:
        """Names what training sees: of one data set its own digest, of several one over all and their twins."""
        if len(self.sets) == 1:
            return next(iter(self.sets.values())).digest
        seen = {name: [dataset.digest, _twins(dataset.info)] for name, dataset in self.sets.items()}
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()

    @property
    def licence(self) -> str:
        """What may be done with the pictures; of several that differ, whose is whose."""
        said = {name: str(dataset.info.get("licence", "unknown")) for name, dataset in self.sets.items()}
        if len(set(said.values())) == 1:
            return next(iter(said.values()))
        return "; ".join(f"{name}: {licence}" for name, licence in said.items())

    def told(self, skipped: str | None = None) -> dict[str, dict[str, Any]]:
        """What a report says of each.

        Args:
            skipped: what could not be read of the first.
        """
        words = {IMAGES: "data set"}
        found = {words.get(name, name): {**dataset.info, "name": dataset.name} for name, dataset in self.sets.items()}
        next(iter(found.values()))["skipped"] = skipped
        return found


def _twins(info: Mapping[str, Any]) -> list[str]:
    """Digests of the shards of edge-smoothed twins; none where there are none."""
    return [shard["sha256"] for shard in info.get("smoothed", {}).get("shards", [])]
