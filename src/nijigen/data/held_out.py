"""Which pictures of a data set are kept out of training, so that what was learned by heart can be told from the rest.

>>> from nijigen.data.held_out import held_out_rows
>>> len(held_out_rows(20_000, 0.02, seed=0)), len(held_out_rows(500, 0.02, seed=0))
(400, 0)
"""

import numpy as np
import torch

from nijigen.errors import NijigenError
from nijigen.seeds import derive

FLOOR, CEILING = 32, 512  # of a share: fewer pictures measure nothing, more measure nothing better


def held_out_rows(count: int, amount: float, seed: int) -> torch.Tensor:
    """The pictures that a run keeps out of its training: int64 ``[H]``, ascending; a function of the arguments alone.

    Args:
        count: pictures in the data set.
        amount: below 1 a share, at most 512 pictures and none at all where that would be fewer than 32, so that a small
            data set loses nothing; from 1 on a number of pictures.
        seed: of the run.

    Raises:
        NijigenError: a number that leaves less than half of the data set.
    """
    number = int(amount) if amount >= 1 else min(CEILING, int(count * amount))
    if amount < 1 and number < FLOOR:
        number = 0
    if number > count / 2:
        raise NijigenError(
            f"pictures.held_out={amount:g} leaves less than half of {count:,} pictures: use {count // 2} or fewer"
        )
    draws = np.random.Philox(key=derive("held out", seed)).random_raw(count)  # raw: the same on every version
    return torch.from_numpy(np.sort(np.argsort(draws, kind="stable")[:number]).astype(np.int64))
