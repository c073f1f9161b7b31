"""What every translator keeps: pictures in, pictures of the same size in another look out."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from nijigen.models.contract import Shape


class Translator(nn.Module, ABC):
    """Pictures → pictures of the same size in another look.

    Attributes:
        shape: the resolution that it was trained at, 3 channels, no labels.
        multiple: sides of pictures must be multiples of it.
        least: and at least so many pixels; smaller pictures have to be padded.
        reach: pixels around a place that what is made of it depends on, where the statistics of its normalisations are
            frozen (:mod:`nijigen.nn.spatial_norm`). A tile shown with so much around it is made as in one piece.
    """

    shape: Shape
    multiple: int
    least: int
    reach: int

    @abstractmethod
    def translate(self, images: Tensor) -> Tensor:
        """Pictures ``[N, 3, H, W]``, RGB in [-1, 1] → the same shape, RGB in [-1, 1]."""

    def forward(self, images: Tensor) -> Tensor:
        """See :meth:`translate`."""
        return self.translate(images)
