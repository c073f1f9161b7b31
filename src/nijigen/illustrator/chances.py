"""What chance decided in a drawing, as numbers: the noise that belongs to a picture.

>>> from nijigen.illustrator.chances import chances
>>> chances(7).shape
(138,)

A drawing is a function of its attributes and of these numbers, so a generator that is given both can be told what it
should have drawn (``training/lesson.py``).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import Any

import numpy as np

from nijigen.illustrator.traits import Traits

CALM_VERSION = "7"  # of what calm drawings look like
EDGE = 1e-6  # nothing is further out than 4.75: one drawing in a million says nothing that many others do not


@cache
def chance_names(channels: int = 4) -> tuple[str, ...]:
    """The traits that pictures of 3 or 4 channels can show, in a fixed order; 4 have no background."""
    table = _table()
    return tuple(table["person"] + (table["ground"] if channels == 3 else []))


@cache
def calm() -> Mapping[str, float]:
    """What is the same for everybody in calm drawings: traits, and the part of their range in [0, 1).

    Among the chances of such a drawing they are numbers that decide nothing.
    """
    table = _table()
    rows = {
        name: unit for prefix, unit in table["calm_rows"].items() for name in table["person"] if name.startswith(prefix)
    }
    return {**rows, **table["calm"]}


def chances(
    seed: int, channels: int = 4, held: Mapping[str, float] | None = None
) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """Float32 ``[K]``, normally distributed over seeds, one for each of :func:`chance_names`.

    Args:
        held: traits that are not the seed's, and the part of their range in [0, 1) that they have instead.
    """
    traits, normal = Traits(seed, held or {}), NormalDist()
    units = (traits.unit(name) for name in chance_names(channels))
    return np.array([normal.inv_cdf(min(max(unit, EDGE), 1 - EDGE)) for unit in units], np.float32)


def _table() -> dict[str, Any]:
    return tomllib.loads(files("nijigen.illustrator").joinpath("chances.toml").read_text(encoding="utf-8"))
