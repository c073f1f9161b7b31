"""Spread within a word: by definition, and where one word has collapsed."""

import math

import pytest
import torch

from nijigen.evaluate.diversity import LEAST, Spreads, compare_spreads
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair", ("pink", "blue", "black")), Attribute("tilt", range=(0, 1))])


def cloud(count: int, seed: int, spread: float = 1.0) -> torch.Tensor:
    return 500 + spread * torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))


def labels(words: list[str | None]) -> torch.Tensor:
    rows = [{"hair": word, "tilt": 1.0} if word else {} for word in words]
    return torch.stack([torch.from_numpy(SCHEMA.encode(row)) for row in rows])


def gathered(rows: torch.Tensor, words: list[str | None], portion: int = 17) -> Spreads:
    found = Spreads(rows.shape[1], SCHEMA.width)
    for part, asked in zip(rows.split(portion), labels(words).split(portion), strict=True):
        found.add(part, asked)
    return found


def test_spread_is_the_root_of_the_total_variance() -> None:
    rows, words = cloud(90, 0), [("pink", "blue", None)[i % 3] for i in range(90)]
    found = gathered(rows, words).spreads()
    for column, part in ((0, rows), (1, rows[0::3]), (2, rows[1::3])):
        assert found[column] == pytest.approx(float(part.double().var(dim=0).sum().sqrt()), rel=1e-9)
    assert math.isnan(found[3])  # nobody has black hair


def test_a_word_that_always_gives_one_picture_is_found() -> None:
    words: list[str | None] = [("pink", "blue")[i % 2] for i in range(400)]
    collapsed = cloud(400, 2)
    collapsed[0::2] = collapsed[0] + 0.01 * torch.randn(200, 6, generator=torch.Generator().manual_seed(3))
    found = compare_spreads(gathered(cloud(400, 1), words), gathered(collapsed, words), SCHEMA)
    assert found.words["hair"]["pink"] < 0.05
    assert found.words["hair"]["blue"] == pytest.approx(1, abs=0.1)
    assert found.narrowest() == ("hair", "pink", found.words["hair"]["pink"])


def test_identical_sets_are_as_diverse_and_half_the_spread_is_half() -> None:
    words: list[str | None] = ["pink"] * 100
    real = gathered(cloud(100, 1), words)
    assert compare_spreads(real, real, SCHEMA).whole == 1
    half = gathered(500 + (cloud(100, 1) - 500) / 2, words)
    assert compare_spreads(real, half, SCHEMA).words["hair"]["pink"] == pytest.approx(0.5, rel=1e-6)


def test_words_of_few_pictures_say_nothing() -> None:
    words: list[str | None] = ["pink"] * (LEAST - 1) + ["blue"] * LEAST
    both = gathered(cloud(len(words), 1), words)
    found = compare_spreads(both, both, SCHEMA)
    assert set(found.words["hair"]) == {"blue"}
    assert compare_spreads(gathered(cloud(9, 1), [None] * 9), both, SCHEMA).narrowest() is None
