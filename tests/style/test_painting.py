"""Painting: nearer to the style, the same every time, and what must stay stays to the bit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.features.vgg_network import Vgg
from nijigen.style.colours import lightness
from nijigen.style.painting import paint, total_steps
from nijigen.style.pictures import planes_of
from nijigen.style.settings import Settings

QUICK = Settings(steps=5, scales=1)


def pixels(image: Image.Image) -> Any:
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("start", ["content", "noise", "style"])
def test_the_style_comes_nearer(
    optimizer: str, start: str, narrow: Vgg, content: Image.Image, style: Image.Image
) -> None:
    made = paint(narrow, content, [style], replace(QUICK, optimizer=optimizer, start=start, steps=12, style_weight=100))
    assert made.image.size == (40, 32)
    assert made.image.mode == "RGB"
    assert made.after["style"] < 0.7 * made.before["style"]
    assert made.before["content"] == 0


def test_with_the_published_network(published: Vgg, content: Image.Image, style: Image.Image) -> None:
    made = paint(published, content, [style], replace(QUICK, steps=10))
    assert made.after["style"] < 0.8 * made.before["style"]
    assert made.after["content"] < 1


def test_content_alone_leaves_the_content(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    made = paint(narrow, content, [style], replace(QUICK, style_weight=0, tv_weight=0))
    assert np.array_equal(pixels(made.image), pixels(content))


def test_the_same_again_and_another_seed(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    first, again, other = (
        paint(narrow, content, [style], replace(QUICK, start="noise", seed=seed)).image for seed in (1, 1, "ada")
    )
    assert np.array_equal(pixels(first), pixels(again))
    assert not np.array_equal(pixels(first), pixels(other))


def test_black_places_of_a_mask_stay_to_the_bit(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    mask = Image.new("L", (40, 32))
    mask.paste(255, (0, 0, 20, 32))
    for colours in ("style", "luminance"):
        made = pixels(paint(narrow, content, [style], replace(QUICK, colours=colours), [mask]).image)
        assert np.array_equal(made[:, 20:], pixels(content)[:, 20:])
        assert np.abs(made[:, :20] - pixels(content)[:, :20]).mean() > 2


def test_two_styles_each_in_its_place(narrow: Vgg, content: Image.Image, squares: Callable[..., Image.Image]) -> None:
    styles = [squares(32, 32, (250, 40, 40), (200, 0, 0)), squares(32, 32, (40, 40, 250), (0, 0, 200))]
    left = Image.new("L", (40, 32))
    left.paste(255, (0, 0, 20, 32))
    right = left.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    settings = replace(QUICK, steps=25, style_weight=1000)
    made = pixels(paint(narrow, content, styles, settings, [left, right]).image).mean((0,))
    assert made[:16, 0].mean() > made[24:, 0].mean() + 10
    assert made[24:, 2].mean() > made[:16, 2].mean() + 10
    mixed = [
        pixels(paint(narrow, content, styles, replace(settings, mix=mix)).image).mean((0, 1))
        for mix in ((1, 0), (0, 1))
    ]
    assert mixed[0][0] > mixed[1][0] + 10


def test_transparent_pictures_keep_what_is_hidden(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    avatar = content.convert("RGBA")
    alpha = Image.new("L", avatar.size)
    alpha.paste(255, (8, 8, 32, 24))
    alpha.paste(100, (8, 8, 32, 10))
    avatar.putalpha(alpha)
    made = paint(narrow, avatar, [style], QUICK).image
    assert made.mode == "RGBA"
    assert np.array_equal(pixels(made)[..., 3], pixels(avatar)[..., 3])
    hidden = pixels(avatar)[..., 3] == 0
    assert np.array_equal(pixels(made)[hidden], pixels(avatar)[hidden])
    assert np.abs(pixels(made)[~hidden] - pixels(avatar)[~hidden]).max() > 5
    alpha.paste(0, (0, 0, 40, 32))
    avatar.putalpha(alpha)
    assert np.array_equal(pixels(paint(narrow, avatar, [style], QUICK).image), pixels(avatar))


def test_luminance_keeps_hue(narrow: Vgg, style: Image.Image) -> None:
    plain = Image.new("RGB", (32, 32), (150, 110, 130))
    made = planes_of(paint(narrow, plain, [style], replace(QUICK, colours="luminance", start="noise")).image).colours
    away = made - lightness(made)
    inside = ((made > 0.02) & (made < 0.98)).all(1)[0]
    wanted = planes_of(plain).colours
    expected = (wanted - lightness(wanted))[0, :, 0, 0]
    assert bool(inside.any())
    assert torch.allclose(away[0][:, inside], expected[:, None].expand(-1, int(inside.sum())), atol=0.012)


def test_scales_are_walked_and_shown(narrow: Vgg, content: Image.Image, style: Image.Image) -> None:
    settings, shown = Settings(size=40, scales=3, steps=4, optimizer="adam"), []
    made = paint(narrow, content, [style], settings, watch=lambda number, show: shown.append((number, show().size)))
    assert made.scales == [(10, 8, 4), (20, 16, 2), (40, 32, 1)]
    assert shown == [*((n, (10, 8)) for n in range(1, 5)), (5, (20, 16)), (6, (20, 16)), (7, (40, 32))]
    assert total_steps(content, settings) == 7


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (33, 17)])
def test_any_size_works(size: tuple[int, int], narrow: Vgg, style: Image.Image) -> None:
    one = Image.new("RGB", size, "pink")
    made = paint(narrow, one, [style, one], replace(QUICK, steps=2, colours="content"))
    assert made.image.size == size
    assert paint(narrow, one, [style], replace(QUICK, steps=2, size=32)).image.size[0] <= 32


def test_the_size_is_its_own_up_to_512(narrow: Vgg, style: Image.Image) -> None:
    assert paint(narrow, Image.new("RGB", (600, 30)), [style], replace(QUICK, steps=1)).image.size == (512, 26)
