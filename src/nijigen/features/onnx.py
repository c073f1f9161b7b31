"""Features by any network in ONNX that keeps this contract.

* input ``images``: uint8 RGB in 0…255, ``[n, 3, h, w]`` or ``[n, h, w, 3]``. n is free or a fixed number; h and w are
  free, or fixed, and then pictures are resized;
* output ``features``: floating, ``[n, width]``; further dimensions of one place are dropped.

What the network needs beyond that, its own size and scale of numbers, belongs inside the file.
"""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.files import sha256_file
from nijigen.images.onnx import first_line, open_session

CONTRACT = "expected a uint8 input images [n, 3, h, w] or [n, h, w, 3] and an output features [n, width]"
LARGEST = 4_096  # pixels a side; a network that wants more would fill the memory
WIDEST = 1 << 16
BATCH = 32
TRIED = 64  # pixels a side of the picture that a network of any size is tried with


class OnnxExtractor:
    """An ONNX file as an :class:`nijigen.features.extractor.Extractor`."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        """
        Args:
            threads: CPU threads; by default as many as torch uses.

        Raises:
            NijigenError: onnxruntime is missing, the file is not there, is broken, or does not keep the contract.
        """
        self._path = path
        self._session = open_session(path, "a network", torch.get_num_threads() if threads is None else threads)
        self._batch, self._height, self._width, self._last = _input_of(self._session, path)
        if "features" not in [output.name for output in self._session.get_outputs()]:
            names = ", ".join(output.name for output in self._session.get_outputs())
            raise NijigenError(f"{path} has the outputs {names}: {CONTRACT}")
        self._lock = threading.Lock()
        self.name = path.name
        self.digest = sha256_file(path)
        fixed = bool(self._height or self._width)
        size = f"{self._width or 'w'}x{self._height or 'h'}"
        self.resizer = f"bicubic, antialiased (torch), to {size} px" if fixed else "none"
        # Most files leave the width open, so it is asked of one picture; a network that fails does so here.
        self.width = 0
        tried = torch.zeros(1, 3, self._height or TRIED, self._width or TRIED, dtype=torch.uint8)
        self.width = self._run(tried).shape[1]

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures uint8 ``[N, 3, H, W]`` → float32 ``[N, width]``.

        Raises:
            NijigenError: the network fails on these pictures, or gives numbers that are none.
        """
        if not len(pictures):
            return torch.empty(0, self.width)
        pictures = self._resized(pictures)
        return torch.cat([self._run(part) for part in torch.split(pictures, self._batch or BATCH)])

    def _resized(self, pictures: Tensor) -> Tensor:
        size = (self._height or pictures.shape[2], self._width or pictures.shape[3])
        if size == tuple(pictures.shape[2:]):
            return pictures
        parts = [
            functional.interpolate(part.float(), size, mode="bicubic", antialias=True).clamp_(0, 255).round_().byte()
            for part in torch.split(pictures, BATCH)
        ]
        return torch.cat(parts)

    def _run(self, pictures: Tensor) -> Tensor:
        count = len(pictures)
        if self._batch and count < self._batch:  # a network for a fixed number of pictures: the rest is black
            rest = pictures.new_zeros(self._batch - count, *pictures.shape[1:])
            pictures = torch.cat([pictures, rest])
        pixels = np.ascontiguousarray((pictures.permute(0, 2, 3, 1) if self._last else pictures).numpy())
        try:
            with self._lock:
                (rows,) = self._session.run(["features"], {"images": pixels})
        except Exception as error:  # onnxruntime has a type of its own for everything
            raise NijigenError(f"{self._path} failed on pictures: {first_line(error)}; {CONTRACT}") from None
        rows = np.asarray(rows)
        shape = list(rows.shape)
        if (
            len(shape) < 2 or shape[0] != len(pictures) or any(side != 1 for side in shape[2:])
            or not np.issubdtype(rows.dtype, np.floating) or not 1 <= shape[1] <= WIDEST
            or (self.width and shape[1] != self.width)
        ):  # fmt: skip
            raise NijigenError(f"{self._path} gave {shape} {rows.dtype} for {len(pictures)} pictures: {CONTRACT}")
        features = torch.from_numpy(rows.reshape(shape[:2]).astype(np.float32))[:count]
        if not features.isfinite().all():
            raise NijigenError(f"{self._path} gave features that are no numbers: use another network")
        return features


def _input_of(session: Any, path: Path) -> tuple[int, int, int, bool]:
    """Batch, height and width that the network wants (0: free), and whether the channels come last."""
    inputs = session.get_inputs()
    first: Any = inputs[0] if len(inputs) == 1 else None
    fixed = [size if isinstance(size, int) and size > 0 else 0 for size in (first.shape or [])] if first else []
    fits = first is not None and first.name == "images" and first.type == "tensor(uint8)" and len(fixed) == 4
    # [n, 3, h, w] wherever it can be read so: with all four open it is the usual order.
    last = fits and fixed[1] != 3 and fixed[3] == 3
    if not fits or not (last or fixed[1] in (0, 3)):
        named = ", ".join(f"{one.name} {list(one.shape)} {one.type}" for one in inputs) or "none"
        raise NijigenError(f"{path} has the input {named}: {CONTRACT}")
    height, width = (fixed[1], fixed[2]) if last else (fixed[2], fixed[3])
    if max(height, width) > LARGEST or fixed[0] > LARGEST:
        raise NijigenError(
            f"{path} wants {fixed[0] or 'any'} pictures of {width}x{height}: use one of {LARGEST} at most"
        )
    return fixed[0], height, width, last
