"""What every painter keeps: one picture is painted like others in one pass, from what VGG19 sees in them.

VGG19 itself is no part of it: it is somebody else's, the same for all painters, and is shown its pictures by whoever
uses one (``features/seeing.py``). So a painter's file holds what was learned, and its card says of which VGG19.

Painting has two halves. ``study`` looks at a content and a style as wholes; ``paint`` then makes the picture, of all of
the content or of any part of it, with what was studied. So a large picture is studied small and painted in tiles.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from nijigen.models.contract import Shape

Seen = Mapping[str, Tensor]  # layer of VGG19 → [N, C, h, w], in the units of features/seeing.py


class Painter(nn.Module, ABC):
    """What is seen of contents and styles → pictures of the contents, painted like the styles.

    Attributes:
        shape: the resolution that it was trained at, 3 channels, no labels.
        layers: of VGG19, that it is shown.
        multiple: sides of contents must be multiples of it; styles may be of any size.
        reach: pixels around a place that what is painted there depends on, beside what was studied.
    """

    shape: Shape
    layers: tuple[str, ...]
    multiple: int
    reach: int

    @abstractmethod
    def study(self, content: Seen, style: Seen) -> Any:
        """Whatever of a content and of a style depends on the whole of them."""

    @abstractmethod
    def paint(self, content: Seen, studies: Sequence[Any], shares: Sequence[float] = (1.0,)) -> Tensor:
        """The content, or a part of it, painted.

        Args:
            content: what is seen of pictures ``[N, 3, H, W]``.
            studies: of as many styles as are mixed; shares: of each, together 1.

        Returns:
            ``[N, 3, H, W]``, RGB; what lies outside [-1, 1] is cut on writing.
        """

    def forward(self, content: Seen, style: Seen) -> Tensor:
        """Each content painted like the style beside it."""
        return self.paint(content, [self.study(content, style)])
