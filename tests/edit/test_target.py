"""What a projection looks for: how pictures with and without a ground are compared."""

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.edit.target import SAME, Target, ground_of, tensor_of

GREEN = (40, 200, 90)


def figure() -> np.ndarray:
    """A pink square with a soft edge, RGBA ``[16, 16, 4]``, nothing around it."""
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[4:, 4:12] = (240, 120, 160, 128)
    pixels[5:, 5:11, 3] = 255
    return pixels


def test_a_transparent_picture_is_compared_with_its_transparency() -> None:
    target = Target(Image.fromarray(figure()), channels=4)
    assert target.wanted.shape == (1, 4, 16, 16)
    assert float(target.wanted[0, :, 0, 0].max()) == -1.0
    assert target.likeness(figure()) == SAME
    assert float(target.distance(tensor_of(figure()))) == pytest.approx(0, abs=1e-6)
    hidden = figure()
    hidden[0, 0, :3] = 200  # a colour that nobody sees
    assert target.likeness(hidden) == SAME
    hidden[0, 0, 3] = 255
    assert target.likeness(hidden) < SAME


def test_a_picture_with_a_ground_asks_for_nothing_behind_the_figure() -> None:
    laid = Image.new("RGBA", (16, 16), (*GREEN, 255))
    laid.alpha_composite(Image.fromarray(figure()))
    target = Target(laid.convert("RGB"), channels=4)
    assert target.wanted.shape == (1, 3, 16, 16)
    assert ground_of(np.asarray(laid)) == GREEN
    assert target.likeness(figure()) > 50  # but for rounding
    assert float(target.distance(tensor_of(figure()))) < 0.03
    with_ground = figure()
    with_ground[..., 3] = 255
    assert target.likeness(with_ground) < 20


def test_an_edge_of_many_colours_is_no_ground() -> None:
    many = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert ground_of(many) == (255, 255, 255)
    many[0], many[:8, 0], many[:8, -1] = GREEN, GREEN, GREEN
    many[0, 4:8] = 0
    assert ground_of(many) == GREEN


def test_a_model_without_transparency_is_compared_on_white() -> None:
    target = Target(Image.fromarray(figure()), channels=3)
    white = Image.new("RGBA", (16, 16), (255, 255, 255, 255))
    white.alpha_composite(Image.fromarray(figure()))
    assert target.likeness(np.asarray(white.convert("RGB"))) == SAME


def test_likeness_is_the_peak_signal_to_noise_ratio() -> None:
    grey = np.full((16, 16, 3), 100, np.uint8)
    target = Target(Image.fromarray(grey), channels=3)
    off = grey + 10
    assert target.likeness(off.astype(np.uint8)) == pytest.approx(20 * np.log10(255 / 10), abs=1e-3)


def test_a_network_that_has_not_grown_up_is_shown_large() -> None:
    target = Target(Image.fromarray(np.full((16, 16, 3), 100, np.uint8)), channels=3)
    assert target.shown(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 16, 16)
