"""A face detector of one's own: any network in ONNX that keeps this contract.

* input ``images``: ``[1, 3, H, W]`` RGB, uint8 in 0…255 or float32 in 0…1. H and W are fixed, or free and then
  multiples of 32 with at most 1,280 pixels. The picture is shrunk or enlarged to fit, not stretched, and stands in the
  upper left corner; what is left is grey.
* output ``boxes``: float32 ``[N, 4]``, ``x0, y0, x1, y1`` in pixels of the input;
* output ``scores``: float32 ``[N]``, 0…1; from 0.5 on it is a face;
* output ``eyes``, if there is one: float32 ``[N, 4]``, ``x, y`` of the middle of the eye that is on the left in the
  picture, then of the other one.
"""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces.face import Face, Point, merge
from nijigen.images.onnx import first_line, open_session
from nijigen.images.resize import on_white

CONTRACT = (
    "expected an input images [1, 3, H, W] (uint8 or float32) and outputs boxes [N, 4], scores [N] "
    "and perhaps eyes [N, 4], as docs/faces.md says"
)
KINDS = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}
LARGEST_INPUT = 4096  # pixels; a model that wants more would fill the memory
FREE = 1280
MULTIPLE = 32
BELIEVED = 0.5
MOST = 1000  # boxes a picture, the best ones
GREY = (128, 128, 128)


class NetworkDetector:
    """Faces by a network in a file."""

    def __init__(self, path: Path, least: int) -> None:
        """
        Args:
            least: side of the smallest face in pixels.

        Raises:
            NijigenError: onnxruntime is missing, the file is no ONNX model, or not one of this contract.
        """
        self.name = path.name
        self._path = path
        self._least = least
        self._session = open_session(path, "a face detector")
        self._dtype, self._height, self._width = _input_of(self._session, path)
        names = [output.name for output in self._session.get_outputs()]
        if not {"boxes", "scores"} <= set(names):
            raise NijigenError(f"{path} has the outputs {', '.join(names)}: {CONTRACT}")
        self._outputs = [name for name in ("boxes", "scores", "eyes") if name in names]
        self._lock = threading.Lock()

    def find(self, image: Image.Image) -> list[Face]:
        """All faces of a picture (RGB or RGBA), left to right."""
        return [face for face in self._faces(image) if face.score >= BELIEVED and face.side >= self._least]

    def score(self, image: Image.Image) -> float:
        """How surely a picture that was cut out already shows a face, 0 to 1."""
        return max((face.score for face in self._faces(image)), default=0.0)

    def _faces(self, image: Image.Image) -> list[Face]:
        pixels, scale = self._pixels(image)
        try:
            with self._lock:
                rows = self._session.run(self._outputs, {"images": pixels})
        except Exception as error:  # onnxruntime has a type of its own for everything
            raise NijigenError(f"{self._path} failed on a picture: {first_line(error)}; {CONTRACT}") from None
        boxes, scores, eyes = self._checked(*rows)
        faces = []
        for index in np.argsort(-scores, kind="stable")[:MOST]:
            box = boxes[index] / scale
            if not np.isfinite(box).all() or not (box[2] > box[0] and box[3] > box[1]) or not scores[index] > 0:
                continue
            line = _eyes(eyes[index] / scale) if eyes is not None else None
            x0, y0, x1, y1 = (float(edge) for edge in box)
            faces.append(Face((x0, y0, x1, y1), round(min(1.0, float(scores[index])), 4), line))
        return merge(faces)

    def _pixels(self, image: Image.Image) -> tuple[Any, float]:
        """The network's input, and the factor from the picture's pixels to its."""
        width, height = self._width, self._height
        if not (width and height):
            shrunk = min(1.0, FREE / max(image.size))
            width = width or _multiple(image.width * shrunk)
            height = height or _multiple(image.height * shrunk)
        scale = min(width / image.width, height / image.height)
        if not (self._width or self._height):
            scale = min(scale, 1.0)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        ground = Image.new("RGB", (width, height), GREY)
        ground.paste(on_white(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0), (0, 0))
        pixels = np.asarray(ground).transpose(2, 0, 1)[None]
        return (pixels if self._dtype is np.uint8 else pixels.astype(np.float32) / 255), scale

    def _checked(self, boxes: Any, scores: Any, eyes: Any = None) -> tuple[Any, Any, Any]:
        count = len(scores) if getattr(scores, "ndim", 0) == 1 else -1
        shapes = [(boxes, (count, 4)), *([(eyes, (count, 4))] if eyes is not None else [])]
        if count < 0 or any(getattr(found, "shape", None) != shape for found, shape in shapes):
            found = ", ".join(str(list(getattr(one, "shape", ()))) for one in (boxes, scores, eyes) if one is not None)
            raise NijigenError(f"{self._path} gave {found} for a picture: {CONTRACT}")
        where = np.asarray(eyes, np.float64) if eyes is not None else None
        return np.asarray(boxes, np.float64), np.nan_to_num(np.asarray(scores, np.float64), nan=0.0), where


def _input_of(session: Any, path: Path) -> tuple[Any, int, int]:
    """Kind of numbers, height and width (0: free) that the network wants."""
    inputs = session.get_inputs()
    first: Any = inputs[0] if inputs else None
    shape = list(first.shape) if first is not None and first.shape else []
    fixed = [size if isinstance(size, int) else 0 for size in shape]
    if (
        len(inputs) != 1 or first.name != "images" or first.type not in KINDS
        or len(fixed) != 4 or fixed[0] not in (0, 1) or fixed[1] not in (0, 3)
    ):  # fmt: skip
        named = ", ".join(f"{one.name} {list(one.shape)} {one.type}" for one in inputs) or "none"
        raise NijigenError(f"{path} has the input {named}: {CONTRACT}")
    if max(fixed[2:]) > LARGEST_INPUT:
        raise NijigenError(
            f"{path} wants pictures of {fixed[3]}x{fixed[2]}: use one with at most {LARGEST_INPUT} pixels"
        )
    return KINDS[first.type], fixed[2], fixed[3]


def _multiple(side: float) -> int:
    return max(MULTIPLE, -(-round(side) // MULTIPLE) * MULTIPLE)


def _eyes(row: Any) -> tuple[Point, Point] | None:
    if not np.isfinite(row).all():
        return None
    x0, y0, x1, y1 = (float(value) for value in row)
    return ((x0, y0), (x1, y1)) if x1 > x0 else None
