"""Whatever turns pictures into rows of features, behind one door.

extractor = open_extractor("labeler")
rows = extractor(pictures)  # uint8 [N, 3, H, W] -> float32 [N, extractor.width]

Distances between sets of pictures are distances between such rows, so a number means nothing without the extractor's
name, its digest and how it resizes. All three are attributes here, for the report to print.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nijigen.errors import NijigenError, did_you_mean

if TYPE_CHECKING:
    from torch import Tensor

NAMES = ("labeler", "inception")


class Extractor(Protocol):
    """Anything that looks at pictures.

    Attributes:
        name: ``labeler``, ``inception``, or the name of the file.
        digest: SHA-256 of the weights, 64 hexadecimal digits.
        width: features a picture.
        resizer: in words what is done to pictures before the network sees them, or ``none``.
    """

    name: str
    digest: str
    width: int
    resizer: str

    def __call__(self, pictures: "Tensor") -> "Tensor":
        """Pictures uint8 ``[N, 3, H, W]`` in RGB, any H and W → float32 ``[N, width]`` on the CPU.

        The same batch gives the same digits; another batch size may change the last ones.
        """
        ...


def open_extractor(which: str = "labeler", threads: int | None = None) -> Extractor:
    """The extractor of a name, or one in a file.

    Args:
        which: ``labeler`` (comes with nijigen), ``inception`` (where its weights are here) or the path of an ``.onnx``
            with an input ``images`` and an output ``features``, or of a labeler of one's own (``.safetensors``).
        threads: CPU threads of an ONNX; networks in torch take what torch was given.

    Raises:
        NijigenError: no such name or file, weights that are not here, a broken or unfitting file; it says what to do.
    """
    suffix = Path(which).suffix.lower()
    if which == "labeler" or suffix == ".safetensors":
        from nijigen.features.reading import LabelerExtractor

        return LabelerExtractor(None if which == "labeler" else Path(which))
    if which == "inception":
        from nijigen.features.inception import open_inception

        return open_inception()
    if suffix == ".onnx":
        from nijigen.features.onnx import OnnxExtractor

        return OnnxExtractor(Path(which), threads)
    raise NijigenError(
        f"--features {which}: use {', '.join(NAMES)} or the path of an .onnx{did_you_mean(which, NAMES)}"
    )
