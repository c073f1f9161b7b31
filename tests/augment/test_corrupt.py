"""The groups to ask for: bands, noise, squares."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from nijigen.augment.bands import half_band
from nijigen.augment.corrupt import add_noise, band_responses, cut_mask, cut_out, filter_pictures
from nijigen.augment.draws import Cutout, draw_bands, draw_cutout

CPU = torch.device("cpu")


def some(channels: int = 3, count: int = 4, size: int = 16) -> Tensor:
    random = torch.Generator().manual_seed(4)
    colours = torch.rand(count, 3, size, size, generator=random, dtype=torch.float64)
    if channels == 3:
        return colours * 2 - 1
    alpha = (torch.rand(count, 1, size, size, generator=random, dtype=torch.float64) * 2 - 0.5).clamp(0, 1)
    return torch.cat([colours * alpha, alpha], dim=1) * 2 - 1


def test_the_bands_add_up_to_the_picture() -> None:
    torch.testing.assert_close(band_responses(64, CPU).sum(dim=0), torch.ones(64, dtype=torch.float64))
    pictures = some()
    torch.testing.assert_close(filter_pictures(pictures, torch.ones(4, 4)), pictures)


def test_each_band_holds_its_octaves() -> None:
    bands = band_responses(64, CPU)  # 64 steps from 0 to π
    for band, (low, high) in enumerate([(0, 8), (8, 16), (16, 32), (32, 64)]):
        middle = (low + high) // 2 if band else 2
        assert bands[band, middle] > 0.7
        assert bands[band].argmax() in range(low, high)
        for edge in (low, high):
            if 0 < edge < 64:
                assert 0.4 < bands[band, edge] < 0.6
    assert bands[0, 0] == 1


def test_a_filter_is_the_convolution_with_its_kernel_on_a_mirrored_picture() -> None:
    """In float64, along both axes, with the kernel from the inverse Fourier transform of the response."""
    size, reach = 16, 120
    gains = torch.tensor([[1.3, 0.4, 2.0, 0.7]], dtype=torch.float64)
    angle = torch.arange(4096, dtype=torch.float64) * (2 * math.pi / 4096)
    low, bands = torch.ones_like(angle), []
    for octave in range(3):
        bands.append(low * (1 - half_band(angle * 2**octave, 2)))
        low = low * half_band(angle * 2**octave, 2)
    response = sum(gain * band for gain, band in zip(gains[0], [low, *reversed(bands)], strict=True))
    kernel = torch.fft.ifft(torch.as_tensor(response)).real
    kernel = torch.cat([kernel[-reach:], kernel[: reach + 1]]).numpy()
    picture = some(count=1, size=size)
    wide = np.pad(picture[0].numpy(), [(0, 0), (reach, reach), (reach, reach)], mode="symmetric")
    for axis in (1, 2):
        wide = np.apply_along_axis(lambda line: np.convolve(line, kernel, mode="valid"), axis, wide)
    made = filter_pictures(picture, gains)[0].numpy()
    np.testing.assert_allclose(made, wide, atol=1e-9)


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_pixels_follow_the_drawn_gains(p: float) -> None:
    """A picture of one wave in the middle of a band is multiplied by that band's gain (by its response, exactly)."""
    size = 64
    gains = draw_bands(p, 8, torch.Generator().manual_seed(1)).double()
    for wave in (2, 12, 24, 50):
        line = torch.cos(math.pi * wave * (torch.arange(size, dtype=torch.float64) + 0.5) / size)
        pictures = line.expand(8, 3, size, size)
        gain = gains @ band_responses(size, CPU)[:, wave] * gains[:, 0]  # the other axis shows the lowest band only
        torch.testing.assert_close(filter_pictures(pictures, gains), pictures * gain[:, None, None, None])


@pytest.mark.parametrize("channels", [3, 4])
def test_noise_has_the_drawn_deviation(channels: int) -> None:
    pictures = some(channels, 3, 128).float()
    noise = torch.randn(3, 3, 128, 128, generator=torch.Generator().manual_seed(3))
    deviation = torch.tensor([0.0, 0.05, 0.2])
    change = add_noise(pictures, deviation, noise) - pictures
    assert torch.equal(change[0], torch.zeros_like(change[0]))
    alpha = (pictures[:, 3:] + 1) / 2 if channels == 4 else torch.ones_like(pictures[:, :1])
    opaque = (alpha == 1).expand(-1, 3, -1, -1)
    for place in (1, 2):
        spread = change[place, :3][opaque[place]].std()
        assert spread == pytest.approx(deviation[place].item(), rel=0.03)
    nothing = (alpha == 0).expand(-1, 3, -1, -1)
    assert (change[:, :3][nothing] == 0).all()
    if channels == 4:
        assert (change[:, 3] == 0).all()


def test_a_square_of_half_the_side_is_cut_out() -> None:
    centres = torch.tensor([[0.5, 0.5], [0.0, 1.0], [0.25, 0.6], [0.9, 0.3]])
    mask = cut_mask(Cutout(torch.tensor([True, True, True, False]), centres), 16)
    assert mask.shape == (4, 1, 16, 16)
    assert mask[0, 0].nonzero().min() == 4
    assert mask[0].sum() == 64
    assert mask[1].sum() == 16  # the lower left corner
    assert mask[1, 0, 15, 0]
    assert not mask[1, 0, 0, 15]
    assert mask[2, 0].any(dim=0).nonzero().flatten().tolist() == list(range(8))  # columns: x
    assert mask[2, 0].any(dim=1).nonzero().flatten().tolist() == list(range(6, 14))  # rows: y
    assert not mask[3].any()


def test_what_is_cut_out_is_grey_or_nothing() -> None:
    for channels, fill in ((3, 0.0), (4, -1.0)):
        pictures = some(channels)
        cutout = draw_cutout(0.5, 4, torch.Generator().manual_seed(2))
        made, mask = cut_out(pictures, cutout), cut_mask(cutout, 16).expand_as(pictures)
        assert 0 < mask.sum() < mask.numel()
        assert (made[mask] == fill).all()
        assert torch.equal(made[~mask], pictures[~mask])


def test_a_filter_leaves_alpha_and_nothing_as_they_are() -> None:
    pictures = some(4)
    gains = draw_bands(1.0, 4, torch.Generator().manual_seed(1))
    made = filter_pictures(pictures, gains)
    assert torch.equal(made[:, 3], pictures[:, 3])
    nothing = (pictures[:, 3:] == -1).expand(-1, 4, -1, -1)
    assert nothing.any()
    torch.testing.assert_close(made[nothing], pictures[nothing])
    opaque = torch.cat([some(), torch.ones_like(some()[:, :1])], dim=1)
    torch.testing.assert_close(filter_pictures(opaque, gains)[:, :3], filter_pictures(some(), gains))
