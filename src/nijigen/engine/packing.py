"""A model as one small file, to bundle or to send.

>>> from nijigen.engine.packing import pack
>>> packed = pack("runs/faces", "faces.safetensors")          # doctest: +SKIP
>>> packed.bytes, packed.largest                              # doctest: +SKIP
(2104508, 1)

Weights as float16 take half the bytes. They are widened again when the model is loaded, so it computes as before, with
weights that are off by a two-thousandth at most: another model, with a digest of its own.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch

from nijigen.data.stored import premultiply
from nijigen.errors import NijigenError
from nijigen.images.convert import to_pixels
from nijigen.images.sheet import Pixels
from nijigen.models.ancestry import ancestors_of
from nijigen.models.package import Package, load_package, save_single, spread
from nijigen.store import find_model
from nijigen.training.metrics import TIMING_FILE, read_lines

Precision = Literal["half", "full"]
COMPARED = 32  # avatars
FEWEST_ROWS = 16


@dataclass(frozen=True)
class Packed:
    """What came of it.

    Attributes:
        bytes: of the file.
        digest: of the model in it.
        mean, largest: how far its avatars are from those of the model it was made of, in levels of 255.
    """

    file: Path
    bytes: int
    digest: str
    parameters: int
    mean: float
    largest: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"file": str(self.file)}

    def line(self) -> str:
        """For people."""
        same = "its avatars are the same to the pixel"
        apart = f"its avatars differ by {self.mean:.3f} levels of 255 on average, by {self.largest} at most"
        size = f"{self.parameters:,} parameters in {self.bytes / 1e6:.1f} MB"
        return f"{self.file}: {size}; {apart if self.largest else same}"


def pack(
    model: str | Path,
    file: str | Path,
    *,
    precision: Precision = "half",
    rows: int = 1024,
    facts: dict[str, Any] | None = None,
) -> Packed:
    """Write a model as one ``.safetensors`` file, and compare its avatars with the model's own.

    Args:
        model: a name, a run folder, a model folder or a file.
        file: where to; its stem becomes the model's name.
        precision: of the weights in the file.
        rows: label rows to keep, of which attributes are drawn that nobody asked for.
        facts: for its card, beside what it has and, of a run, the hours it took: metrics, a note, a licence.

    Raises:
        NijigenError: no such model, or a file, precision or number that cannot be.
    """
    out = Path(file)
    if out.suffix != ".safetensors":
        raise NijigenError(f"{out}: a packed model is a .safetensors file; give such a name")
    if precision not in get_args(Precision):
        raise NijigenError(f"--precision {precision}: use half or full")
    if rows < FEWEST_ROWS:
        raise NijigenError(f"--rows {rows} is too small: use {FEWEST_ROWS} or more")
    place = find_model(model)
    package = load_package(place)
    if out.exists() and out.resolve() == (place.resolve() if place.is_file() else None):
        raise NijigenError(f"{out} is the model itself: give another file")
    half = precision == "half"
    state = package.generator.state_dict().items()
    tensors = {name: value.half() if half and value.dtype == torch.float32 else value for name, value in state}
    for name, value in tensors.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise NijigenError(f"{place}: {name} has numbers beyond half precision: pack it with --precision full")
    kept = spread(package.label_rows, rows)
    line = ancestors_of(package.card, package.digest)
    card = {**package.card, "name": out.stem, "packed_from": package.digest, **line, **_hours(place), **(facts or {})}
    card.pop("digest", None)
    digest = save_single(out, tensors, card, kept.half() if half else kept)  # a label is made of words and shares
    apart = _apart(package, load_package(out))
    parameters = sum(value.numel() for value in package.generator.parameters())
    return Packed(out, out.stat().st_size, digest, parameters, float(apart.mean()), int(apart.max()))


def _hours(place: Path) -> dict[str, float]:
    """How long the run of a model trained, as its ``timing.jsonl`` says; nothing of a model without its run."""
    rows = read_lines(place.parent / TIMING_FILE) if place.is_dir() else []
    # Each time the run was taken up is a stretch with a clock of its own.
    stretches = {row["since"]: row["seconds"] for row in rows}
    return {"hours": round(sum(stretches.values()) / 3600, 2)} if stretches else {}


def _apart(first: Package, second: Package) -> Pixels:
    """The differences of two models' avatars of the same noise and labels, in levels."""
    labels = first.label_rows[torch.arange(COMPARED) % len(first.label_rows)]
    noise = first.generator.noise(range(COMPARED))
    one, other = (_seen(package.generator(noise, labels)) for package in (first, second))
    found: Pixels = np.maximum(one, other) - np.minimum(one, other)
    return found


def _seen(images: torch.Tensor) -> Pixels:
    """Pixels; what can hardly be seen through has hardly a colour."""
    pixels = to_pixels(images)
    return premultiply(pixels) if pixels.shape[-1] == 4 else pixels
