"""Networks whose answer is known, written as the published files are, and the published ones."""

import hashlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nijigen import weights
from nijigen.enlarge.networks import UPCONV7_WIDTHS, VGG7_WIDTHS
from nijigen.weights import Weights

NAMES = {"upconv7": "waifu2x-upconv7", "vgg7": "waifu2x-vgg7"}
FILES = {"upconv7": "upconv7_anime_style_scale_rgb.npz", "vgg7": "vgg7_anime_style_scale_rgb.npz"}

Arrays = dict[str, np.ndarray[Any, Any]]


def plain_arrays(kind: str) -> Arrays:
    """A network that hands its colours on and enlarges them bilinearly (upconv7) or by repeating pixels (vgg7)."""
    widths = [3, *(UPCONV7_WIDTHS if kind == "upconv7" else VGG7_WIDTHS)]
    arrays: Arrays = {}
    for number, (before, after) in enumerate(pairwise(widths), 1):
        kernel = np.zeros((after, before, 3, 3), np.float32)
        kernel[range(3), range(3), 1, 1] = 1
        arrays[f"conv{number}/W"], arrays[f"conv{number}/b"] = kernel, np.zeros(after, np.float32)
    if kind == "upconv7":
        last = np.zeros((widths[-1], 3, 4, 4), np.float32)
        last[range(3), range(3)] = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
        return {**arrays, "conv7/W": last}
    last = np.zeros((3, widths[-1], 3, 3), np.float32)
    last[range(3), range(3), 1, 1] = 1
    return {**arrays, "conv7/W": last, "conv7/b": np.zeros(3, np.float32)}


@pytest.fixture
def write_network(tmp_path: Path) -> Callable[..., Path]:
    """``write_network("upconv7", change)``: a file of a network, its arrays changed by a function."""

    def write(kind: str, change: Callable[[Arrays], object] = lambda arrays: None) -> Path:
        arrays = plain_arrays(kind)
        change(arrays)
        folder = tmp_path / "weights"
        folder.mkdir(exist_ok=True)
        np.savez_compressed(folder / FILES[kind], **arrays)
        return folder / FILES[kind]

    return write


@pytest.fixture
def plain_networks(write_network: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A machine on which the networks of :func:`plain_arrays` are the known ones; kind → file."""
    paths = {kind: write_network(kind) for kind in NAMES}
    rows = {}
    for kind, path in paths.items():
        facts = {"page": "", "licence": "MIT", "author": "ada", "extra": "", "use": "tests", "url": ""}
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows[NAMES[kind]] = Weights(name=NAMES[kind], file=path.name, sha256=digest, size=path.stat().st_size, **facts)
    monkeypatch.setattr(weights, "registry", lambda: rows)
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(paths["vgg7"].parent))
    return paths


@pytest.fixture
def no_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no weights of others."""
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")


@pytest.fixture
def published(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The published networks; kind → file."""
    folder = shared_data.parent / "weights" / "waifu2x"
    if not folder.is_dir():
        pytest.skip("no waifu2x: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    return {kind: folder / name for kind, name in FILES.items()}
