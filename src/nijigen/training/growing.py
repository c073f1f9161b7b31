"""Progressive growing as the loop sees it: pictures at the working resolution, networks told what it is."""

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from nijigen.training.schedule import Moment


def at_growth(images: Tensor, resolution: int, fade: float) -> Tensor:
    """Pictures ``[N, C, R, R]`` → ``[N, C, resolution, resolution]``, averaged down by whole squares.

    While a resolution is faded in they are blended with themselves one step coarser, so that the discriminator never
    sees more detail in real pictures than the generator can yet make (1710.10196, figure 2).
    """
    factor = images.shape[-1] // resolution
    if factor > 1:
        images = avg_pool2d(images, factor)
    if fade < 1:
        coarse = interpolate(avg_pool2d(images, 2), scale_factor=2, mode="nearest")
        images = coarse.lerp(images, fade)
    return images


def tell(network: nn.Module, moment: Moment) -> None:
    """Set a growing network to the moment's resolution; others have nothing to set."""
    grow = getattr(network, "grow", None)
    if grow is not None and getattr(network, "growth", None) != (moment.resolution, moment.fade):
        grow(moment.resolution, moment.fade)
