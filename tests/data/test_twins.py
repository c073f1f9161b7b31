"""Edge-smoothed twins: beside the pictures, in their order, made once, and known to be stale where they are."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.conftest import write_pictures

from nijigen.data import Dataset, prepare
from nijigen.data.twins import PREFIX, Twins, add_twins, has_twins
from nijigen.errors import NijigenError
from nijigen.images.edges import smooth_edges


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    prepare(write_pictures(tmp_path / "source", 12, labelled=True), tmp_path / "data", 16, workers=1, quiet=True)
    return tmp_path / "data"


def pixels(sample: Any) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(sample.data)).convert("RGB"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_each_picture_has_its_twin(two_datasets: dict[str, Path]) -> None:
    drawings = Dataset.open(two_datasets["drawings"])
    assert has_twins(drawings)
    twins = Twins(drawings)
    pairs = list(zip(drawings.samples(), twins.samples(), strict=True))
    assert len(pairs) == drawings.count
    for picture, twin in pairs:
        assert (picture.key, picture.file, picture.labels) == (twin.key, twin.file, twin.labels)
        assert (pixels(twin) == smooth_edges(pixels(picture)[None])[0]).all()
    assert any((pixels(picture) != pixels(twin)).any() for picture, twin in pairs)
    assert twins.load().images.shape == drawings.load().images.shape


def test_they_can_be_had_afterwards_and_change_nothing_else(plain: Path, tmp_path: Path) -> None:
    before, digest = files(plain), Dataset.open(plain).digest
    assert not has_twins(Dataset.open(plain))
    summary = prepare(tmp_path / "source", plain, 16, workers=1, quiet=True, smooth_edges=True)
    assert any("twins: 12 made" in line for line in summary.lines())
    assert has_twins(Dataset.open(plain))
    assert Dataset.open(plain).digest == digest
    for name, data in before.items():
        if name not in ("dataset.json", "README.md"):  # which name the twins
            assert (plain / name).read_bytes() == data
    again = files(plain)
    quiet = prepare(tmp_path / "source", plain, 16, workers=1, quiet=True, smooth_edges=True)
    assert not any("twins" in line for line in quiet.lines())
    assert files(plain) == again
    prepare(tmp_path / "source", plain, 16, workers=1, quiet=True)  # asks for none, and takes none away
    assert has_twins(Dataset.open(plain))


def test_interrupted_work_goes_on(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_twins(plain, quiet=True)
    whole = files(plain)
    description = json.loads((plain / "dataset.json").read_text())
    del description["smoothed"]
    (plain / "dataset.json").write_text(json.dumps(description))
    (twin,) = plain.glob(f"{PREFIX}*.tar")
    twin.with_suffix(".part").write_bytes(twin.read_bytes()[:700])  # killed within a shard
    twin.unlink()
    assert add_twins(plain, quiet=True) == 12
    assert files(plain) == whole
    twin.unlink()  # and one that somebody removed comes back
    assert add_twins(plain, quiet=True) == 12
    assert files(plain) == whole


def test_other_pictures_make_them_stale(plain: Path) -> None:
    add_twins(plain, quiet=True)
    (old,) = plain.glob(f"{PREFIX}*.tar")
    description = json.loads((plain / "dataset.json").read_text())
    description["shards"][0]["sha256"] = "0" * 64
    (plain / "dataset.json").write_text(json.dumps(description))
    assert not has_twins(Dataset.open(plain))
    with pytest.raises(NijigenError, match="no edge-smoothed twins: prepare it with --smooth-edges"):
        Twins(Dataset.open(plain))
    add_twins(plain, quiet=True)
    assert has_twins(Dataset.open(plain))
    assert not old.exists()


def test_a_lost_shard_is_named(plain: Path) -> None:
    add_twins(plain, quiet=True)
    (twin,) = plain.glob(f"{PREFIX}*.tar")
    twin.write_bytes(twin.read_bytes()[:1000])
    with pytest.raises(NijigenError, match=rf"damaged: {twin.name} has 1,000 bytes"):
        Twins(Dataset.open(plain))


def test_a_data_set_with_twins_is_read_without_them(two_datasets: dict[str, Path], tmp_path: Path) -> None:
    """As a source of another data set, and in another layout."""
    prepare(two_datasets["drawings"], tmp_path / "again", 16, workers=1, quiet=True, junk=False)
    assert Dataset.open(tmp_path / "again").count == Dataset.open(two_datasets["drawings"]).count


def test_no_transparency(command: Callable[..., Any], tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "source", 4, labelled=False)
    refused = command("prepare", source, tmp_path / "out", "--size", 16, "--channels", 4, "--smooth-edges")
    refused.refused("--smooth-edges", "--channels 3")
    assert not (tmp_path / "out").exists()
