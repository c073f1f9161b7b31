"""A content filter of one's own: an image classifier in ONNX that says how unwanted a picture is.

The network has one input, ``[N, 3, H, W]`` or ``[N, H, W, 3]`` (which one is read from the file; N is 1 or free), of
uint8 0…255 or of floats; H and W are fixed or free. What the file cannot say stands in a TOML file of the same name
beside it (``filter.onnx``, ``filter.toml``), all of it optional::

    size = 224            # pixels a side, where the file leaves them free; 224
    mean = [0.5, 0.5, 0.5]  # floats are (pixel / 255 - mean) / std; 0 and 1, so 0…1
    std = [0.5, 0.5, 0.5]
    output = "scores"     # which output; needed where there are several
    index = [2, 3]        # which of its numbers, added up; needed where there are several
    activation = "softmax"  # what is still to be done to them: softmax, sigmoid or none; none
    least = 0.5           # from here on a picture is unwanted; 0.5
"""

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import sha256_file
from nijigen.images.onnx import first_line, open_session
from nijigen.images.resize import on_white

SIZE, LARGEST = 224, 2048
LEAST = 0.5
ACTIVATIONS = ("none", "softmax", "sigmoid")
KEYS = ("size", "mean", "std", "output", "index", "activation", "least")
KINDS = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(float16)": np.float16}
CONTRACT = "expected one input [N, 3, H, W] or [N, H, W, 3] of uint8 or floats, as docs/datasets.md says"


@dataclass(frozen=True)
class ContentFilter:
    """What to ask of which network. Holds no open file and can be sent to another process."""

    path: str
    size: int = SIZE
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    output: str | None = None
    index: tuple[int, ...] = ()
    activation: str = "none"
    least: float = LEAST

    def noted(self) -> dict[str, Any]:
        """What ``dataset.json`` says of it: name, digest and settings, and no path of this machine."""
        said = {key: getattr(self, key) for key in KEYS}
        _, _, _, height, width = _opened(self.path)
        size = [width or self.size, height or self.size]
        said["size"] = size if size[0] != size[1] else size[0]  # what the network sees, which its file may fix
        said = {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}
        return {"file": Path(self.path).name, "sha256": sha256_file(self.path), **said}

    def check(self) -> None:
        """Open the network and show it a grey picture.

        Raises:
            NijigenError: onnxruntime is missing, or the file is damaged or does not fit.
        """
        self.score(Image.new("RGB", (64, 64), (128, 128, 128)))

    @property
    def side(self) -> int:
        """Pixels of the longer side that the network sees."""
        _, _, _, height, width = _opened(self.path)
        return max(height or self.size, width or self.size)

    def score(self, image: Image.Image) -> float:
        """How unwanted a picture (RGB, or RGBA, which is seen on white) is, 0 to 1.

        The picture is stretched to the network's size (bilinear, antialiased).

        Raises:
            NijigenError: the network fails, or gives what is no number from 0 to 1.
        """
        session, kind, first, height, width = _opened(self.path)
        size = (width or self.size, height or self.size)
        pixels: Any = np.asarray(on_white(image).resize(size, Image.Resampling.BILINEAR))
        if kind is not np.uint8:
            mean, std = (np.array(part, np.float32) for part in (self.mean, self.std))
            pixels = ((pixels.astype(np.float32) / 255 - mean) / std).astype(kind)
        pixels = pixels.transpose(2, 0, 1) if first else pixels
        try:
            rows = session.run([self._output(session)], {session.get_inputs()[0].name: pixels[None]})
        except NijigenError:
            raise
        except Exception as error:  # onnxruntime has a type of its own for everything
            raise NijigenError(f"{self.path} failed on a picture: {first_line(error)}") from None
        return self._read(np.asarray(rows[0], np.float64).ravel())

    def _output(self, session: Any) -> str:
        names = [str(output.name) for output in session.get_outputs()]
        if self.output is None and len(names) > 1:
            raise NijigenError(f"{self.path} has the outputs {', '.join(names)}: {self._say('which: output = …')}")
        if self.output is not None and self.output not in names:
            raise NijigenError(f"{self.path} has no output {self.output}, but {', '.join(names)}: {self._say('which')}")
        return names[0] if self.output is None else self.output

    def _read(self, values: Any) -> float:
        if len(values) == 0 or (len(values) > 1 and not self.index) or (self.index and max(self.index) >= len(values)):
            raise NijigenError(f"{self.path} gives {len(values)} numbers for a picture: {self._say('index = …')}")
        if self.activation == "softmax":
            values = np.exp(values - values.max())
            values = values / values.sum()
        elif self.activation == "sigmoid":
            values = 1 / (1 + np.exp(-values.clip(-60, 60)))
        found = float(values[list(self.index)].sum()) if self.index else float(values[0])
        if not -1e-6 <= found <= 1 + 1e-4:
            way = self._say('activation = "softmax" or "sigmoid"')
            raise NijigenError(f"{self.path} gave {found:g} for a picture, which is no share from 0 to 1: {way}")
        return min(1.0, max(0.0, found))

    def _say(self, what: str) -> str:
        return f"say {what} in {Path(self.path).with_suffix('.toml').name} beside it"


def open_filter(path: str | Path, least: float | None = None) -> ContentFilter:
    """The filter in a file, with the settings beside it.

    Args:
        least: from here on a picture is unwanted; by default what the settings say, else a half.

    Raises:
        NijigenError: settings that are not understood, or a file that cannot be used.
    """
    path = Path(path)
    if path.suffix.lower() != ".onnx":
        raise NijigenError(f"--filter {path}: give an image classifier in ONNX (a file that ends in .onnx)")
    beside = path.with_suffix(".toml")
    found = ContentFilter(str(path), **_settings(beside)) if beside.is_file() else ContentFilter(str(path))
    if least is not None:
        if not 0 <= least <= 1:
            raise NijigenError(f"--filter-least {least:g} is out of range: use 0 to 1")
        found = ContentFilter(**{**found.__dict__, "least": least})
    found.check()
    return found


@lru_cache(maxsize=2)
def _opened(path: str) -> tuple[Any, Any, bool, int, int]:
    """Session, kind of numbers, whether channels come first, height and width (0: free); once in a process."""
    session = open_session(Path(path), "an image classifier")
    inputs = session.get_inputs()
    shape = [size if isinstance(size, int) else 0 for size in inputs[0].shape] if inputs else []
    fits = len(inputs) == 1 and inputs[0].type in KINDS and len(shape) == 4 and shape[0] in (0, 1)
    if not fits or (shape[1] == 3) == (shape[3] == 3):
        named = ", ".join(f"{one.name} {list(one.shape)} {one.type}" for one in inputs) or "none"
        raise NijigenError(f"{path} has the input {named}: {CONTRACT}")
    first = shape[1] == 3
    height, width = shape[2:] if first else shape[1:3]
    if max(height, width) > LARGEST:
        raise NijigenError(f"{path} wants pictures of {width}x{height}: use one with at most {LARGEST} pixels a side")
    return session, KINDS[inputs[0].type], first, max(0, height), max(0, width)


def _settings(path: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NijigenError(f"the settings {path} cannot be read: {error}") from None
    for key in said:
        if key not in KEYS:
            raise NijigenError(f"{path}: {key} is not known{did_you_mean(key, KEYS)}; use {', '.join(KEYS)}")
    checks = {
        "size": (_whole(said.get("size"), 1, LARGEST), f"a whole number, 1 to {LARGEST}"),
        "index": (said.get("index") != [] and all(_whole(one, 0, 10**6) for one in _list(said.get("index"))),
                  "the place of a number, or a list of places, from 0 on"),
        "output": (isinstance(said.get("output"), str), "the name of an output"),
        "activation": (said.get("activation") in ACTIVATIONS, " or ".join(ACTIVATIONS)),
        "least": (_number(said.get("least")) and 0 <= said.get("least", 0) <= 1, "a number from 0 to 1"),
        "mean": (_three(said.get("mean")), "a number, or one for each of red, green and blue"),
        "std": (_three(said.get("std")) and all(one > 0 for one in _list(said.get("std"))),
                "a number above 0, or one for each of red, green and blue"),
    }  # fmt: skip
    for key in said:
        good, wanted = checks[key]
        if not good:
            raise NijigenError(f"{path}: {key} = {said[key]!r}: use {wanted}")
    if "index" in said:
        said["index"] = tuple(_list(said["index"]))
    for key in ("mean", "std"):
        if key in said:
            values = _list(said[key])
            said[key] = tuple(float(value) for value in (values * 3 if len(values) == 1 else values))
    return said


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _three(value: Any) -> bool:
    return len(_list(value)) in (1, 3) and all(_number(one) for one in _list(value))
