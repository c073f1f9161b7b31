"""How far a picture is from the one that was asked for."""

from torch import Tensor
from torch.nn import functional

from nijigen.nn.resample import downsample2

SMALLEST = 8  # pixels a side of the last level: below it is nothing but the mean colour of large parts
AROUND = 5  # pixels a side of the neighbourhood that detail is looked for in
TINY = 1e-6


def pyramid_distance(
    made: Tensor, wanted: Tensor, detail: float = 0.0, squares: float = 0.0, places: Tensor | None = None
) -> Tensor:
    """The mean absolute difference of two pictures, summed over them and their halvings down to 8 px: ``[N]``.

    The L1 distance takes the median of what may be meant where a mean would blur; at full size alone it sees a thing
    that is a little out of place as two mistakes and says nothing of the way there, and at the small sizes it does
    (over levels of a pyramid as in 1707.05776, §3.2; levels are weighted alike, and keep their flat parts).

    Args:
        made, wanted: ``[N, C, R, R]`` of the same range.
        detail: in [0, 1): this share of the weight of all places goes where there is much to see. Half of a drawing is
            hair and hardly a hundredth a mouth, but the mouth is what its expression is read from.
        squares: in [0, 1]: the share of squared differences. An absolute difference pulls alike however large it is, so
            what is rare, closed eyes among many open ones, has to outvote what is usual; a square pulls as it is far.
        places: ``[1, 1, R, R]`` or ``[N, 1, R, R]``: weights of all places, beside those of detail; None: alike.
    """
    difference, found = made - wanted, made.new_zeros(len(made))
    weight = 1 - detail + detail * busyness(wanted) if detail else None
    if places is not None:
        weight = places if weight is None else weight * places
    while True:
        away = difference.abs() * (1 - squares) + difference.square() * squares if squares else difference.abs()
        away = away if weight is None else away * weight
        found = found + away.mean(dim=(1, 2, 3))
        if difference.shape[-1] < 2 * SMALLEST:
            return found
        difference = downsample2(difference)
        weight = None if weight is None else functional.avg_pool2d(weight, 2)


def busyness(pictures: Tensor) -> Tensor:
    """How much there is to see around each place of a picture, ``[N, C, R, R]`` → ``[N, 1, R, R]`` of mean 1.

    The mean difference of colours from those around them, around each place. Of a picture without any it is 1
    everywhere.
    """
    edge = AROUND // 2
    away = (pictures - _around(pictures, edge)).abs().mean(dim=1, keepdim=True)
    spread = _around(away, edge)
    mean = spread.mean(dim=(1, 2, 3), keepdim=True)
    return (spread + TINY) / (mean + TINY)


def _around(values: Tensor, edge: int) -> Tensor:
    """The mean of the neighbourhood of each place."""
    return functional.avg_pool2d(values, 2 * edge + 1, 1, edge, count_include_pad=False)
