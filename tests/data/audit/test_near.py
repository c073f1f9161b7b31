"""Near duplicates: what is one drawing, what is not, and that the index misses nothing."""

import csv
import io
import json
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from nijigen.data import near
from nijigen.data.near import DISTANCE, THUMB_BYTES, Fingerprint, NearIndex, fingerprint
from nijigen.illustrator import compose

MASK = 2**64 - 1


@cache
def drawing(seed: int, side: int = 96, **attributes: str) -> Image.Image:
    return Image.fromarray(compose(seed, **attributes).render(side))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def cut(image: Image.Image, pixels: int) -> Image.Image:
    return image.crop((pixels, pixels, image.width, image.height)).resize(image.size, Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: jpeg(image, 60),
        lambda image: image.resize((64, 64), Image.Resampling.LANCZOS),
        lambda image: image.resize((300, 300), Image.Resampling.BICUBIC),
        lambda image: ImageEnhance.Brightness(image).enhance(0.85),
        lambda image: ImageEnhance.Contrast(image).enhance(0.8),
        lambda image: cut(image, 2),
        lambda image: image.convert("RGBA"),
    ],
)
def test_the_same_drawing_is_found_again(change) -> None:
    index = NearIndex()
    for seed in range(40):
        index.add(seed, fingerprint(drawing(seed)))
    assert [index.find(fingerprint(change(drawing(seed)))) for seed in range(40)] == list(range(40))


def test_other_characters_in_the_same_pose_are_no_duplicates() -> None:
    """All drawings of the illustrator are in one pose; of 12,720 pairs a few differ in next to nothing."""
    index, taken = NearIndex(), 0
    for seed in range(160):
        print_of = fingerprint(drawing(seed))
        taken += index.find(print_of) is not None
        index.add(seed, print_of)
    assert taken <= 3


def test_another_hair_colour_is_another_picture() -> None:
    for seed in range(20):
        index = NearIndex()
        index.add(0, fingerprint(drawing(seed, hair_color="pink")))
        assert index.find(fingerprint(drawing(seed, hair_color="green"))) is None


def test_even_pictures_are_like_nothing() -> None:
    index = NearIndex()
    index.add(0, fingerprint(Image.new("RGB", (64, 64), "white")))
    assert index.find(fingerprint(Image.new("RGB", (64, 64), "white"))) is None
    assert index.find(fingerprint(drawing(0))) is None


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (500, 3)])
def test_any_picture_has_a_fingerprint(size: tuple[int, int]) -> None:
    found = fingerprint(Image.new("RGB", size, "red"))
    assert 0 <= found.hash <= MASK
    assert len(found.thumb) == THUMB_BYTES


def test_a_fingerprint_goes_through_json() -> None:
    found = fingerprint(drawing(7))
    text = json.loads(json.dumps(found.to_text()))
    assert len(text) == 440
    assert Fingerprint.from_text(text) == found
    assert fingerprint(drawing(7)) == found


@pytest.mark.parametrize("text", ["", "AAAA", "?" * 440, "é", "A" * 444])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no fingerprint"):
        Fingerprint.from_text(text)


def made(value: int) -> Fingerprint:
    return Fingerprint(value & MASK, bytes(THUMB_BYTES))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 400), tail=st.sampled_from([1, 16, 16_384]))
def test_the_index_finds_what_brute_force_finds(seed: int, count: int, tail: int) -> None:
    """Hashes in clusters, so that many are near each other, up to and beyond the distance."""
    dice = np.random.default_rng(seed)
    centres = dice.integers(0, 2**64, 5, np.uint64)
    hashes = [int(dice.choice(centres)) for _ in range(count + 30)]
    for place, value in enumerate(hashes):
        for bit in dice.choice(64, int(dice.integers(0, 13)), replace=False):
            value ^= 1 << int(bit)
        hashes[place] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "TAIL", tail)
        index = NearIndex()
        for number, value in enumerate(hashes[:count]):
            index.add(number, made(value))
        for value in hashes[count:]:
            wanted = [n for n, other in enumerate(hashes[:count]) if (value ^ other).bit_count() <= DISTANCE]
            assert index.candidates(value).tolist() == wanted


def test_a_large_index_finds_hashes_at_the_full_distance() -> None:
    dice = np.random.default_rng(1)
    hashes = dice.integers(0, 2**64, 30_000, np.uint64)
    index = NearIndex()
    for number, value in enumerate(hashes.tolist()):
        index.add(number, made(value))
    assert len(index) == 30_000
    for number in dice.integers(0, 30_000, 60).tolist():
        value = int(hashes[number])
        for bit in dice.choice(64, DISTANCE, replace=False):
            value ^= 1 << int(bit)
        found = index.candidates(value).tolist()
        assert number in found
        assert all((value ^ int(hashes[other])).bit_count() <= DISTANCE for other in found)


def test_the_first_one_added_is_named_whatever_its_number() -> None:
    print_of = fingerprint(drawing(3))
    index = NearIndex()
    for number in (70, 5, 2**40):
        index.add(number, print_of)
    assert index.find(print_of) == 70


@pytest.mark.parametrize("tail", [1, 7, 16_384])
def test_answers_do_not_depend_on_when_the_index_was_sorted(tail: int) -> None:
    prints = [fingerprint(cut(drawing(seed % 25), seed // 25)) for seed in range(100)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "TAIL", tail)
        index, answers = NearIndex(), []
        for number, print_of in enumerate(prints):
            answers.append(index.find(print_of))
            index.add(number, print_of)
    expected = [next((n for n in range(number) if _pair(prints[n], print_of)), None)
                for number, print_of in enumerate(prints)]  # fmt: skip
    assert answers == expected
    assert any(answer is not None for answer in answers)


def _pair(first: Fingerprint, second: Fingerprint) -> bool:
    index = NearIndex()
    index.add(0, first)
    return index.find(second) is not None


def test_pairs_judged_by_eye(shared_data: Path) -> None:
    with open(Path(__file__).parents[1] / "hand-pairs.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == "test"]
    with zipfile.ZipFile(shared_data / "anime-faces-96.zip") as zipped:
        names = {row[side] for row in rows for side in ("first", "second")}
        prints = {name: fingerprint(Image.open(io.BytesIO(zipped.read(f"anime-faces-96/{name}")))) for name in names}
    verdicts = Counter(row["verdict"] for row in rows if _pair(prints[row["first"]], prints[row["second"]]))
    assert verdicts["different"] == 0
    assert verdicts["same"] >= 0.7 * sum(row["verdict"] == "same" for row in rows)
