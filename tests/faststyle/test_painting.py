"""Pictures of any size through a painter: sizes, tiles, alpha, strength, mixtures, colours."""

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.engine.painters import OpenedPainter
from nijigen.errors import NijigenError
from nijigen.faststyle.painting import paint_fast, steps
from nijigen.faststyle.settings import FastSettings


def picture(width: int, height: int, seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Blots of colour."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (max(1, height // 8), max(1, width // 8), len(mode)), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def numbers(image: Image.Image) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 17), (64, 48)])
def test_every_size_stays(painter: OpenedPainter, size: tuple[int, int]) -> None:
    made = paint_fast(painter, picture(*size), [picture(24, 31, 1)])
    assert (made.size, made.mode) == (size, "RGB")


def test_it_is_what_the_painter_paints(painter: OpenedPainter) -> None:
    content, style = picture(32, 24), picture(20, 28, 1)
    made = paint_fast(painter, content, [style], FastSettings(style_size=28))

    def seen(image: Image.Image) -> dict[str, torch.Tensor]:
        values = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1
        return painter.seer.see(values, painter.painter.layers)

    with torch.no_grad():
        wanted = painter.painter(seen(content), seen(style))[0].clamp(-1, 1)
    levels = ((wanted + 1) * 127.5).round().permute(1, 2, 0).numpy().astype(int)
    assert np.abs(numbers(made) - levels).max() <= 1


def test_tiles_are_not_to_be_seen(painter: OpenedPainter) -> None:
    """Studied at its own size, a picture in tiles is the picture in one piece."""
    content, style = picture(120, 96), picture(32, 32, 1)
    whole = paint_fast(painter, content, [style])
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    tiled = paint_fast(painter, content, [style], whole=119, tile=40, step=step)
    assert count == steps(content, FastSettings(), whole=119, tile=40) == 1 + 9
    apart = np.abs(numbers(whole) - numbers(tiled))
    assert apart.mean() < 1.5  # studied a pixel smaller
    edges = [np.abs(np.diff(numbers(made), axis=1))[:, 39].mean() for made in (whole, tiled)]
    assert abs(edges[0] - edges[1]) < 1.5  # where two tiles meet there is no step


def test_strength_goes_from_the_picture_to_the_painting(painter: OpenedPainter) -> None:
    content, styles = picture(32, 32), [picture(32, 32, 1)]
    nothing, half, all_of_it = (
        numbers(paint_fast(painter, content, styles, FastSettings(strength=strength))) for strength in (0, 0.5, 1)
    )
    assert (nothing == numbers(content)).all()
    assert np.abs(half - (nothing + all_of_it) / 2).max() <= 1
    assert np.abs(all_of_it - nothing).mean() > 3


def test_alpha_and_what_is_hidden_stay(painter: OpenedPainter) -> None:
    content = picture(40, 40, mode="RGBA")
    pixels = np.array(content)
    pixels[:, :20, 3], pixels[:, 20:, 3] = 0, 200
    content = Image.fromarray(pixels)
    made = np.asarray(paint_fast(painter, content, [picture(32, 32, 1)]))
    assert (made[..., 3] == pixels[..., 3]).all()
    assert (made[:, :20] == pixels[:, :20]).all()
    other = pixels.copy()
    other[:, :20, :3] = 255 - other[:, :20, :3]  # what is hidden makes no difference to what is seen
    again = np.asarray(paint_fast(painter, Image.fromarray(other), [picture(32, 32, 1)]))
    assert (again[:, 20:] == made[:, 20:]).all()


def test_shares_of_several_styles(painter: OpenedPainter) -> None:
    content, styles = picture(32, 32), [picture(32, 32, 1), picture(32, 32, 2)]

    def mixed(*mix: float) -> np.ndarray:  # type: ignore[type-arg]
        return numbers(paint_fast(painter, content, styles, FastSettings(mix=mix)))

    alone = numbers(paint_fast(painter, content, styles[:1]))
    assert np.abs(mixed(1, 0) - alone).max() <= 1
    assert (mixed(2, 2) == mixed()).all()
    assert np.abs(mixed(1, 1) - alone).mean() > 0


def test_lightness_alone_keeps_hue(painter: OpenedPainter) -> None:
    grey = Image.new("RGB", (32, 32), (90, 90, 90))
    made = numbers(paint_fast(painter, grey, [picture(32, 32, 1)], FastSettings(colours="luminance")))
    assert np.ptp(made, axis=2).max() <= 1
    recoloured = paint_fast(painter, picture(32, 32), [picture(32, 32, 1)], FastSettings(colours="content"))
    assert np.abs(numbers(recoloured) - numbers(paint_fast(painter, picture(32, 32), [picture(32, 32, 1)]))).mean() > 0


def test_size_is_of_the_longer_side(painter: OpenedPainter) -> None:
    assert paint_fast(painter, picture(80, 40), [picture(9, 9)], FastSettings(size=32)).size == (32, 16)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (FastSettings(strength=1.5), "--strength 1.5"),
        (FastSettings(strength=float("nan")), "--strength nan"),
        (FastSettings(size=9), "--size 9"),
        (FastSettings(style_size=9000), "--style-size 9000"),
        (FastSettings(colours="contnt"), "did you mean content"),
        (FastSettings(mix=(0.5, 0.5)), "--style-mix has 2 shares for 1 styles"),
        (FastSettings(mix=(0.0,)), "shares are 0 or above, not all 0"),
    ],
)
def test_wrong_settings(settings: FastSettings, words: str) -> None:
    with pytest.raises(NijigenError) as refused:
        settings.check(1)
    assert words in str(refused.value)
