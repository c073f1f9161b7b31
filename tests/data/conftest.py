"""Small sources of pictures for the data tests."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Write = Callable[..., Path]


def noise(seed: int, width: int = 80, height: int = 80, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture that no other seed gives."""
    random = np.random.default_rng(seed)
    blocks = Image.fromarray(random.integers(0, 256, (10, 10, 3), np.uint8)).resize(
        (width, height), Image.Resampling.NEAREST
    )
    grain = random.integers(-50, 51, (height, width, 1))  # so that it is sharp, and nothing that would be judged
    pixels = (np.asarray(blocks).astype(int) + grain).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    return noise


@pytest.fixture
def folder(tmp_path: Path) -> Write:
    """Writes ``{name: bytes or text}`` below a new folder ``source``."""

    def write(files: Mapping[str, bytes | str], name: str = "source") -> Path:
        for file, data in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return tmp_path / name

    return write


@pytest.fixture
def packed(tmp_path: Path) -> Write:
    """Writes ``{name: bytes or text}`` into a new zip."""

    def write(files: Mapping[str, bytes | str], name: str = "source.zip", method: int = zipfile.ZIP_DEFLATED) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", method) as file:
            for member, data in files.items():
                file.writestr(member, data)
        return tmp_path / name

    return write


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """All files below a folder: two data sets are the same when this is."""
    return lambda path: {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
