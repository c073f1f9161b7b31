"""From what networks make to pixels: the formula, clipping, and straight alpha."""

import numpy as np
import torch

from nijigen.data.stored import premultiply
from nijigen.images.convert import to_pixels


def test_every_level_comes_back() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    images = torch.from_numpy(levels).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    assert (to_pixels(images) == levels).all()


def test_outside_is_clipped_and_layout_does_not_matter() -> None:
    images = torch.linspace(-3, 3, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    pixels = to_pixels(images)
    assert pixels.shape == (2, 8, 8, 3)
    assert (pixels[0, 0, 0, 0], pixels[1, -1, -1, 2]) == (0, 255)
    assert (to_pixels(images.to(memory_format=torch.channels_last)) == pixels).all()
    expected = np.rint(np.clip(images.double().numpy() * 127.5 + 127.5, 0, 255)).transpose(0, 2, 3, 1)
    assert np.abs(pixels.astype(int) - expected).max() <= 1  # a half may round either way in float32


def test_premultiplied_becomes_straight() -> None:
    random = np.random.default_rng(0)
    straight = random.integers(0, 256, (32, 32, 4), np.uint8)
    straight[..., 3] = np.tile(np.arange(32) * 8, (32, 1)) + 7
    images = torch.from_numpy(premultiply(straight)).permute(2, 0, 1)[None].float().div(127.5).sub(1)
    pixels = to_pixels(images)[0]
    assert (pixels[..., 3] == straight[..., 3]).all()
    error = np.abs(pixels[..., :3].astype(float) - straight[..., :3]) * straight[..., 3:] / 255
    assert error.max() <= 1  # what premultiplying to whole levels can lose, seen on the picture


def test_nothing_to_be_seen_is_black() -> None:
    images = torch.full((1, 4, 2, 2), -1.0)
    images[:, :3] = 0.7  # colour without alpha: cannot be premultiplied, may come from a young network
    assert not to_pixels(images).any()


def test_colour_brighter_than_alpha_is_clipped() -> None:
    images = torch.ones(1, 4, 1, 1)
    images[:, 3] = 0.0
    assert to_pixels(images).ravel().tolist() == [255, 255, 255, 128]
