"""Every reason on pictures made to have it, and none on clean drawings."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from nijigen.data.audit import REASONS, Measures, judge, load_thresholds, measure
from nijigen.illustrator import compose
from nijigen.images.resize import square

THRESHOLDS = load_thresholds()
SIZE = 96


@pytest.fixture(scope="module")
def drawings() -> list[Image.Image]:
    return [Image.fromarray(compose(seed).render(SIZE)) for seed in range(12)]


def reasons(image: Image.Image, size: int = SIZE, face_score: float | None = None) -> list[str]:
    return [reason.name for reason in judge(measure(image, square(image, size)), THRESHOLDS, face_score)]


def saved(image: Image.Image, quality: int = 88) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def shown(image: Image.Image, share: float, ground: int) -> Image.Image:
    """A share of the contrast, the rest is the ground."""
    return image.point(lambda level: round(ground + (level - ground) * share))


def enlarged(image: Image.Image, times: int, how: Image.Resampling) -> Image.Image:
    side = image.width // times
    return image.resize((side, side), Image.Resampling.LANCZOS).resize((side * times, side * times), how)


def in_one_ink(image: Image.Image) -> Image.Image:
    levels = np.asarray(image.convert("L"), np.float32)[..., None] / 255
    ink = np.array([30, 60, 140], np.float32)
    return Image.fromarray((ink + levels * (255 - ink)).astype(np.uint8))


def outlines(image: Image.Image) -> Image.Image:
    """What a pen would draw of it: dark where it is darker than its surroundings."""
    large = image.convert("L").resize((288, 288), Image.Resampling.LANCZOS)
    here, around = (np.asarray(large.filter(ImageFilter.GaussianBlur(r)), np.float32) for r in (1.5, 4))
    pen = np.clip(255 - 22 * np.maximum(around - here - 3, 0), 0, 255).astype(np.uint8)
    return Image.fromarray(pen).resize(image.size, Image.Resampling.LANCZOS).convert("RGB")


def on_a_page(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", image.size, "white")
    page.paste(image.resize((28, 28), Image.Resampling.LANCZOS), (40, 20))
    return page


def page_of_text(side: int, ink: str = "black", ground: str = "white", turned: bool = False) -> Image.Image:
    page = Image.new("RGB", (side, side), ground)
    pen, size = ImageDraw.Draw(page), max(8, side // 14)
    for number, top in enumerate(range(size // 2, side - size, int(1.5 * size))):
        pen.text((size // 2, top), f"line {number} of a letter that was never sent", ink, ImageFont.load_default(size))
    return page.transpose(Image.Transpose.ROTATE_90) if turned else page


MADE: list[tuple[str, Callable[[Image.Image], Image.Image]]] = [
    ("blurred", lambda image: image.filter(ImageFilter.GaussianBlur(2.5))),
    ("upscaled", lambda image: enlarged(image, 4, Image.Resampling.BILINEAR)),
    ("upscaled", lambda image: enlarged(image, 3, Image.Resampling.LANCZOS)),
    ("upscaled", lambda image: enlarged(image, 4, Image.Resampling.BICUBIC)),
    ("upscaled", lambda image: enlarged(image, 3, Image.Resampling.NEAREST)),
    ("upscaled", lambda image: enlarged(image, 4, Image.Resampling.NEAREST)),
    ("grey", lambda image: image.convert("L").convert("RGB")),
    ("grey", in_one_ink),
    ("dark", lambda image: shown(image, 0.16, 0)),
    ("washed_out", lambda image: shown(image, 0.2, 255)),
    ("washed_out", lambda image: shown(image, 0.14, 160)),
    ("line_art", outlines),
    ("tiny", on_a_page),
]


def test_clean_drawings_pass(drawings: list[Image.Image]) -> None:
    for image in drawings:
        assert reasons(image) == []
        assert reasons(saved(image)) == []


@pytest.mark.parametrize("size", [32, 64, 96, 192])
def test_clean_drawings_pass_at_any_size(size: int) -> None:
    for seed in range(6):
        image = Image.fromarray(compose(seed).render(192))
        assert reasons(image, size) == []


@pytest.mark.parametrize(("reason", "spoil"), MADE, ids=[f"{name}-{n}" for n, (name, _) in enumerate(MADE)])
def test_junk_is_caught(reason: str, spoil: Callable[[Image.Image], Image.Image], drawings: list[Image.Image]) -> None:
    for image in drawings:
        assert reason in reasons(spoil(image))
        if spoil is not in_one_ink:  # JPEG keeps colours at half the size: a third of them are missed then
            assert reason in reasons(saved(spoil(image), 92))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("side", "ink", "ground"), [(96, "black", "white"), (300, "navy", "#f4e8d0"),
                                                     (700, "white", "#202030")])  # fmt: skip
def test_a_page_of_text_is_caught(side: int, ink: str, ground: str, turned: bool) -> None:
    page = page_of_text(side, ink, ground, turned)
    assert "text" in reasons(page)
    assert "text" in reasons(page, 64)
    assert "text" in reasons(saved(page))


def test_a_caption_below_a_drawing_is_no_page_of_text(drawings: list[Image.Image]) -> None:
    for image in drawings:
        large = image.resize((384, 384), Image.Resampling.LANCZOS)
        ImageDraw.Draw(large).text((10, 350), "good morning, everyone", "black", ImageFont.load_default(26))
        assert "text" not in reasons(large)


def test_a_small_source_is_judged_by_what_is_drawn_not_by_the_frame(drawings: list[Image.Image]) -> None:
    image = drawings[0]
    assert reasons(image.resize((40, 40), Image.Resampling.LANCZOS))[0] == "tiny"
    assert reasons(image.resize((60, 60), Image.Resampling.LANCZOS)) == []
    large = Image.new("RGB", (960, 960), "white")
    large.paste(image.resize((240, 240), Image.Resampling.BICUBIC), (300, 300))
    assert reasons(large)[0] == "tiny"


def test_an_enlarged_picture_may_still_be_large_enough() -> None:
    large = enlarged(Image.fromarray(compose(3).render(384)), 4, Image.Resampling.BICUBIC)
    assert "upscaled" in reasons(large, 384)
    assert reasons(large, 96) == []


def test_a_flat_picture_is_flat_and_nothing_else() -> None:
    for colour in ("black", "white", "#804020"):
        assert reasons(Image.new("RGB", (SIZE, SIZE), colour)) == ["flat"]


def test_a_face_score_is_judged_only_where_there_is_one(drawings: list[Image.Image]) -> None:
    assert reasons(drawings[0], face_score=None) == []
    assert reasons(drawings[0], face_score=0.0) == ["not_a_face"]
    assert reasons(drawings[0], face_score=2.5) == []


def test_reasons_come_in_their_order_with_what_was_measured(drawings: list[Image.Image]) -> None:
    bad = shown(drawings[1].convert("L").convert("RGB").filter(ImageFilter.GaussianBlur(3)), 0.16, 0)
    found = judge(measure(bad, bad), THRESHOLDS, face_score=0.0)
    names = [reason.name for reason in found]
    assert names == sorted(names, key=REASONS.index)
    assert {"dark", "grey", "blurred", "not_a_face"} <= set(names)
    assert len(names) == len(set(names))
    assert all(any(letter.isdigit() for letter in reason.detail) for reason in found)


def test_every_reason_can_be_given() -> None:
    made = {name for name, _ in MADE} | {"flat", "text", "not_a_face"}
    assert made == set(REASONS)


def test_real_faces_are_mostly_kept_and_the_labelled_ones_dropped(shared_data: Path) -> None:
    import csv
    import zipfile

    with open(Path(__file__).parents[1] / "hand-labels.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    junk = [row["file_name"] for row in rows if row["reasons"] and row["half"] == "test"][:40]
    fine = [row["file_name"] for row in rows if not row["reasons"] + row["doubtful"] and row["half"] == "test"][:40]
    found: dict[str, Measures] = {}
    with zipfile.ZipFile(shared_data / "anime-faces-96.zip") as zipped:
        for name in junk + fine:
            image = Image.open(io.BytesIO(zipped.read(f"anime-faces-96/{name}"))).convert("RGB")
            found[name] = measure(image, image)
    assert sum(bool(judge(found[name], THRESHOLDS)) for name in junk) >= 24
    assert sum(bool(judge(found[name], THRESHOLDS)) for name in fine) <= 2
