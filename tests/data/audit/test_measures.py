"""What the measures promise: ranges, order, the same number every time, and odd pictures."""

import io
import math
from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from nijigen.data.audit import Glance, Measures, judge, load_thresholds, measure, spectrum
from nijigen.illustrator import compose
from nijigen.images.decode import decode
from nijigen.images.resize import square


def drawing(seed: int, side: int = 96) -> Image.Image:
    return Image.fromarray(compose(seed).render(side))


def alone(image: Image.Image) -> Measures:
    return measure(image, image)


def blur(luma: np.ndarray, sigma: float) -> np.ndarray:
    """Exactly Gaussian, around the edges; Pillow's blur is three box blurs, which are not quite."""
    down, across = np.fft.fftfreq(len(luma))[:, None], np.fft.rfftfreq(len(luma))[None]
    kept = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2))
    return np.fft.irfft2(np.fft.rfft2(luma) * kept, s=luma.shape)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), sigma=st.floats(0.3, 4), more=st.floats(0.1, 4))
def test_more_blur_never_makes_a_picture_sharper(seed: int, sigma: float, more: float) -> None:
    luma = np.asarray(drawing(seed).convert("L")) / 255
    pictures = [luma, blur(luma, sigma), blur(luma, math.hypot(sigma, more))]
    powers = [spectrum.power(picture) for picture in pictures]
    sharp, soft, softer = (spectrum.sharpness(power) for power in powers)
    assert sharp > soft >= softer - 1e-6
    clear, dim, dimmer = (spectrum.detail(power) for power in powers)
    assert clear >= dim >= dimmer


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), sigma=st.floats(0.4, 1.2), more=st.floats(0.4, 1.2))
def test_a_picture_that_was_blurred_and_saved_is_less_sharp(seed: int, sigma: float, more: float) -> None:
    image = drawing(seed)
    first, second = (image.filter(ImageFilter.GaussianBlur(s)) for s in (sigma, sigma + more))
    assert alone(image).sharpness > alone(first).sharpness > alone(second).sharpness


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), share=st.floats(0.3, 0.9), lift=st.integers(0, 20))
def test_sharpness_does_not_depend_on_light_or_contrast(seed: int, share: float, lift: int) -> None:
    image = drawing(seed)
    other = image.point(lambda level: round(level * share + lift))
    assert alone(other).sharpness == pytest.approx(alone(image).sharpness, rel=0.03)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), share=st.floats(0.05, 0.9), more=st.floats(0.2, 0.9))
def test_less_light_is_darker_and_less_colour_greyer(seed: int, share: float, more: float) -> None:
    image = drawing(seed)
    dim, night = (alone(image.point(lambda level, s=s: int(level * s))) for s in (share, share * more))
    assert night.upper <= dim.upper
    assert night.high <= dim.high
    plain = image.convert("L").convert("RGB")
    pale, paler = (alone(Image.blend(plain, image, s)) for s in (share, share * more))
    assert paler.chroma <= pale.chroma + 1e-3
    assert paler.vivid <= pale.vivid + 0.01
    assert alone(plain).chroma == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("how", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS,
                                 Image.Resampling.NEAREST])  # fmt: skip
def test_detail_tells_how_far_a_picture_was_enlarged(times: int, how: Image.Resampling) -> None:
    found = []
    for seed in range(8):
        image = drawing(seed, 192)
        side = 192 // times
        found.append(alone(image.resize((side, side), Image.Resampling.LANCZOS).resize((192, 192), how)).resolution)
        assert alone(image).resolution > 0.9
    assert np.median(found) == pytest.approx(1 / times, rel=0.3)


@pytest.mark.parametrize("side", [64, 96, 130, 300, 512])
@pytest.mark.parametrize("how", [Image.Resampling.BILINEAR, Image.Resampling.LANCZOS])
def test_what_was_enlarged_before_is_told_whatever_its_size(side: int, how: Image.Resampling) -> None:
    few, many = [], []
    for seed in range(8):
        for found, real in ((few, 24), (many, 56)):
            image = drawing(seed, 192).resize((real, real), Image.Resampling.LANCZOS).resize((side, side), how)
            found.append(measure(image, square(image, 64)).resolution)
    assert np.median(few) == pytest.approx(24 / 64, rel=0.3)
    assert min(many) > 0.6


def soft_photograph(seed: int, side: int, slope: float) -> Image.Image:
    """Noise whose power falls with frequency to the power of ``-2 * slope``, as that of a photograph does."""
    dice = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    radius = np.maximum(np.hypot(down, across), 1 / side)
    luma = np.fft.irfft2(np.fft.rfft2(dice.standard_normal((side, side))) * radius**-slope, s=(side, side))
    luma = np.clip(128 + 48 * luma / luma.std(), 0, 255).astype(np.uint8)
    return Image.fromarray(luma).convert("RGB")


def test_a_source_with_detail_is_not_upscaled_though_it_looks_so_made_small() -> None:
    """The middle of a small picture of a photograph falls like an enlarged one; twice as large it does not."""
    rescued = 0
    for seed in range(12):
        image = soft_photograph(seed, 256, 1.0)
        fitted = square(image, 64)
        soft = fitted.filter(ImageFilter.GaussianBlur(1.2))  # as a lens with a wide aperture: the fitted one alone
        found = measure(image, soft)
        assert found.resolution_fitted <= found.resolution
        rescued += found.resolution_fitted <= 0.48 < found.resolution
    assert rescued == 12


@pytest.mark.parametrize("real", [22, 26])
@pytest.mark.parametrize("side", [96, 130, 256, 512])
def test_a_second_look_clears_no_picture_whose_pixels_were_repeated(side: int, real: int) -> None:
    for seed in range(8):
        small = drawing(seed, 192).resize((real, real), Image.Resampling.LANCZOS)
        image = small.resize((side, side), Image.Resampling.NEAREST)
        found = measure(image, square(image, 64))
        assert found.resolution == found.resolution_fitted
        core = np.asarray(image.convert("L"), np.float32) / 255
        assert spectrum.stepped(core)
    assert not spectrum.stepped(np.zeros((64, 64), np.float32))
    sharp = np.asarray(drawing(1, 256).convert("L"), np.float32) / 255
    assert not spectrum.stepped(sharp[:8, :8])


@pytest.mark.parametrize("times", [2, 3, 4, 5, 6, 7, 8])
def test_repeated_pixels_are_counted(times: int) -> None:
    for seed in range(3):
        small = drawing(seed, 160).resize((32, 32), Image.Resampling.LANCZOS)
        image = small.resize((32 * times,) * 2, Image.Resampling.NEAREST)
        assert spectrum.repeats(np.asarray(image.convert("L"), np.float32) / 255) == times
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=90)
        assert measure(decode(buffer.getvalue()), square(image, 64)).resolution <= 0.5
        sharp = drawing(seed, 32 * times).convert("L")
        assert spectrum.repeats(np.asarray(sharp, np.float32) / 255) == 1


def test_resolution_is_counted_in_pixels_of_the_target() -> None:
    image = drawing(2, 384)
    small = measure(image, square(image, 64))
    assert (small.target, small.side, small.resolution) == (64, 384, 1)
    assert measure(drawing(2, 24), square(drawing(2, 24), 64)).resolution == pytest.approx(24 / 64, rel=0.3)
    wide = Image.new("RGB", (400, 100), "white")
    assert measure(wide, square(wide, 50)).side == 100
    assert measure(wide, square(wide, 50, 3, "pad"), "pad").side == 400


@settings(max_examples=40)
@given(st.data())
def test_every_measure_is_a_number_in_its_range(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    mode = data.draw(st.sampled_from(["RGB", "RGBA"]))
    seed, coarse = data.draw(st.integers(0, 99)), data.draw(st.integers(1, 20))
    dice = np.random.default_rng(seed)
    pixels = dice.integers(0, 256, (coarse, coarse, len(mode)), np.uint8)
    image = Image.fromarray(pixels, mode).resize((width, height), Image.Resampling.NEAREST)
    size = data.draw(st.sampled_from([1, 2, 8, 16, 33, 64]))
    found = measure(image, square(image, size))
    assert all(math.isfinite(value) for value in asdict(found).values())
    shares = (
        "resolution",
        "low",
        "median",
        "upper",
        "high",
        "white",
        "black",
        "paper",
        "paper_luma",
        "solid",
        "content",
    )
    assert all(0 <= getattr(found, name) <= 1 for name in shares)
    assert 0 <= found.sharpness <= 0.75
    assert 0 <= found.entropy <= 5
    assert found.low <= found.median <= found.high
    assert isinstance(judge(found, load_thresholds()), list)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 15, 16, 17, 96])
def test_even_pictures_have_no_edges_and_no_colours(size: int) -> None:
    found = alone(Image.new("RGB", (size, size), (200, 200, 200)))
    assert (found.sharpness, found.resolution, found.contrast, found.entropy, found.text_lines) == (0, 1, 0, 0, 0)
    assert found.chroma < 1e-6
    assert found.low == found.high == pytest.approx(200 / 255)


def test_see_through_parts_are_seen_on_white() -> None:
    image = drawing(4).convert("RGBA")
    hole = image.copy()
    hole.paste((255, 0, 0, 0), (0, 0, 48, 96))
    laid = Image.new("RGBA", image.size, "white")
    laid.alpha_composite(hole)
    assert alone(hole) == alone(laid.convert("RGB"))
    assert measure(hole, square(hole, 64, 4)) == measure(hole, square(hole, 64))


def test_sixteen_bits_are_read_as_eight() -> None:
    grey = np.asarray(drawing(5).convert("L"))
    files = []
    for values in (grey, grey.astype(np.uint16) * 257):
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "PNG")
        files.append(decode(buffer.getvalue()))
    assert alone(files[0]) == alone(files[1])


def test_the_same_picture_has_the_same_measures() -> None:
    image = drawing(6, 200)
    fitted = square(image, 64)
    first = measure(image, fitted)
    assert all(measure(image.copy(), fitted.copy()) == first for _ in range(5))
    assert [field.name for field in fields(first)] == list(asdict(first))


def test_a_glance_tells_what_all_measures_tell() -> None:
    for seed in range(6):
        image = drawing(seed, 120)
        fitted, thresholds = square(image, 64), load_thresholds()
        for picture in (fitted, fitted.convert("L").convert("RGB"), fitted.filter(ImageFilter.GaussianBlur(3))):
            assert judge(Glance(image, picture), thresholds) == judge(measure(image, picture), thresholds)


def test_a_picture_that_is_not_square_is_refused() -> None:
    image = drawing(1)
    with pytest.raises(ValueError, match="must be square, not 96x64"):
        measure(image, image.resize((96, 64)))


def test_the_rim_must_be_of_one_colour_for_content_to_be_small() -> None:
    page = Image.new("RGB", (96, 96), "white")
    page.paste((10, 20, 200), (30, 40, 50, 52))
    assert alone(page).content == pytest.approx(20 / 96)
    page.paste((10, 20, 200), (0, 0, 96, 3))
    assert alone(page).content == 1
