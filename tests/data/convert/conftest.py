"""Data sets to convert, and what tests need to look at the outcome."""

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare

ENDINGS = {"nvidia": ".zip", "tfrecord": ".tfrecord", "webdataset": ".tar"}
RANDOM = np.random.default_rng


def pixels(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data))
    return f"{image.mode} {image.size} ".encode() + image.tobytes()


def samples(path: Path) -> list:
    return list(Dataset.open(path).samples())


def back(path: Path, out: Path) -> list:
    prepare(path, out, size=16, quiet=True, workers=1)
    return samples(out)


@pytest.fixture(scope="session")
def look() -> SimpleNamespace:
    """``pixels(data)``, ``samples(data_set)``, ``back(path, out)`` (prepared anew) and ``ending(target)``."""
    return SimpleNamespace(pixels=pixels, samples=samples, back=back, ending=lambda to: ENDINGS.get(to, ""))


@pytest.fixture(scope="session")
def rich(tmp_path_factory) -> Path:
    """24 pictures of 16 px with two categorical attributes and a continuous one, some of them unknown."""
    folder = tmp_path_factory.mktemp("rich")
    rows = ["file_name,hair_color,expression,tilt"]
    (folder / "source").mkdir()
    for i in range(24):
        Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"source/{i:02d}.png")
        rows.append(f"{i:02d}.png,{('pink', '蓝色', '')[i % 3]},{('smile', 'sad')[i % 2]},{i / 7 if i % 5 else ''}")
    (folder / "source/metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    rights = {"licence": "CC-BY-4.0", "provenance": "https://example.org"}
    prepare(folder / "source", folder / "data", size=16, quiet=True, workers=1, **rights)
    return folder / "data"


@pytest.fixture(scope="session")
def single(tmp_path_factory) -> Path:
    """12 pictures, each of one of three classes."""
    folder = tmp_path_factory.mktemp("single")
    for i in range(12):
        (folder / f"source/{'cab'[i % 3]}").mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 3), np.uint8))
        image.save(folder / f"source/{'cab'[i % 3]}/{i:02d}.png")
    prepare(folder / "source", folder / "data", size=16, quiet=True, workers=1)
    return folder / "data"


@pytest.fixture
def mixed(tmp_path) -> Path:
    """JPEG, PNG, WebP, GIF and a broken one, of several sizes, two of them labelled."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for index, kind in enumerate(("JPEG", "PNG", "WEBP", "GIF", "BMP")):
        image = Image.fromarray(RANDOM(index).integers(0, 256, (20 + index, 30, 3), np.uint8))
        image.save(folder / f"{index}.{kind.lower()}", kind)
    (folder / "5.png").write_bytes((folder / "1.png").read_bytes()[:200])
    (folder / "metadata.csv").write_text("file_name,mood\n0.jpeg,sad\n2.webp,smile\n")
    return folder
