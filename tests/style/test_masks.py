"""Masks: white is where the style goes."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.style.masks import both, guide_at, mask_plane, open_mask


def test_white_is_one_black_is_nothing_at_any_size(tmp_path: Path) -> None:
    mask = Image.new("L", (8, 8))
    mask.paste(255, (0, 0, 4, 8))
    mask.save(tmp_path / "m.png")
    read, notes = open_mask(tmp_path / "m.png", (40, 40))
    assert notes == []
    plane = mask_plane(read, (40, 40))
    assert (float(plane.min()), float(plane.max())) == (0, 1)
    assert float(plane[..., :16].min()) == 1
    assert float(plane[..., 24:].max()) == 0


def test_another_shape_is_said_and_transparent_is_black(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 4), (255, 255, 255, 128)).save(tmp_path / "m.png")
    read, notes = open_mask(tmp_path / "m.png", (40, 40))
    assert "8x4, of another shape" in notes[0]
    assert read.getextrema() == (128, 128)


def test_black_everywhere_is_a_mistake(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "m.png")
    with pytest.raises(NijigenError, match=r"--mask .*m\.png is black everywhere"):
        open_mask(tmp_path / "m.png", (8, 8))


def test_a_guide_has_the_size_of_its_layer() -> None:
    plane = torch.zeros(1, 1, 9, 12)
    plane[..., :6] = 1
    assert guide_at(plane, "conv1_2") is plane
    small = guide_at(plane, "conv3_1")
    assert small is not None
    assert small.shape == (1, 1, 3, 3)
    assert small[0, 0].tolist() == [[1.0, 0.5, 0.0]] * 3
    assert guide_at(plane * 0, "conv1_1") is None
    assert guide_at(None, "conv1_1") is None


def test_planes_multiply_and_none_is_one() -> None:
    one, half = torch.ones(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.5)
    product = both(one, half)
    assert product is not None
    assert torch.equal(product, half)
    assert both(None, half) is half
    assert both(half, None) is half
    assert both(None, None) is None
