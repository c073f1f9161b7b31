"""How far a picture is from the one that was asked for."""

from torch import Tensor

from nijigen.nn.resample import downsample2

SMALLEST = 8  # pixels a side of the last level: below it is nothing but the mean colour of large parts


def pyramid_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """The mean absolute difference of two pictures, summed over them and their halvings down to 8 px: ``[N]``.

    The L1 distance takes the median of what may be meant where a mean would blur; at full size alone it sees a thing
    that is a little out of place as two mistakes and says nothing of the way there, and at the small sizes it does
    (over levels of a pyramid as in 1707.05776, §3.2; levels are weighted alike, and keep their flat parts).

    Args:
        made, wanted: ``[N, C, R, R]`` of the same range.
    """
    difference = made - wanted
    found = difference.abs().mean(dim=(1, 2, 3))
    while difference.shape[-1] >= 2 * SMALLEST:
        difference = downsample2(difference)
        found = found + difference.abs().mean(dim=(1, 2, 3))
    return found
