"""Real and made pictures are shown alike."""

import numpy as np
import torch
from PIL import Image

from nijigen.data.stored import premultiply
from nijigen.features.showing import on_white
from nijigen.images.convert import to_pixels
from nijigen.images.resize import on_white as laid_by_pillow


def test_rgb_stays_as_it_is():
    pictures = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
    assert on_white(pictures) is pictures


def test_premultiplied_pictures_of_a_data_set_lie_on_white_as_pillow_lays_them():
    random = np.random.default_rng(0)
    straight = random.integers(0, 256, (16, 16, 4), np.uint8)
    straight[:4, :, 3] = 0
    straight[4:8, :, 3] = 255
    expected = np.asarray(laid_by_pillow(Image.fromarray(straight))).astype(int)
    held = torch.from_numpy(premultiply(straight).transpose(2, 0, 1).copy())[None]
    shown = on_white(held)
    assert shown.dtype == torch.uint8
    assert np.abs(shown[0].permute(1, 2, 0).numpy().astype(int) - expected).max() <= 1
    assert (shown[0, :, :4] == 255).all()
    assert torch.equal(shown[0, :, 4:8], held[0, :3, 4:8])


def test_what_a_generator_makes_is_rounded_as_its_png_is():
    made = torch.rand(2, 3, 8, 8) * 2.4 - 1.2
    assert np.array_equal(on_white(made).permute(0, 2, 3, 1).numpy(), to_pixels(made))
    nothing = torch.full((1, 4, 2, 2), -1.0)
    assert (on_white(nothing) == 255).all()


def test_impossible_colours_of_a_half_trained_generator_do_not_wrap_around():
    bright = torch.tensor([1.0, 1.0, 1.0, -1.0]).view(1, 4, 1, 1)  # light where there is nothing
    assert (on_white(bright) == 255).all()
