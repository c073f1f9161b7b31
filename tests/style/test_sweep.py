"""The strip: weights around the one asked for, pictures in a row."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.style.sweep import CAPTION, MARGIN, SPAN, strip, sweep_weights


def test_weights_go_from_little_to_much() -> None:
    weights = sweep_weights(10, 5)
    assert weights[2] == pytest.approx(10)
    assert [weights[0], weights[-1]] == pytest.approx([10 / SPAN, 10 * SPAN])
    steps = {round(after / before, 6) for before, after in pairwise(weights)}
    assert len(steps) == 1


@pytest.mark.parametrize(("weight", "count", "said"), [
    (10, 1, "--sweep 1: use 2 to 12"), (10, 13, "--sweep 13"), (0, 3, "--style-weight 0 with --sweep"),
])  # fmt: skip
def test_wrong_sweeps(weight: float, count: int, said: str) -> None:
    with pytest.raises(NijigenError, match=said):
        sweep_weights(weight, count)


def test_pictures_stand_in_a_row_with_words_below() -> None:
    made = strip([(Image.new("RGB", (90, 60), "red"), "one"), (Image.new("RGBA", (30, 20), "blue"), "two")])
    assert made.size == (90 + MARGIN + 90, 60 + CAPTION)
    assert made.getpixel((45, 30)) == (255, 0, 0)
    assert made.getpixel((90 + MARGIN + 45, 30)) == (0, 0, 255)
    assert np.asarray(made)[60:].min() < 128  # ink
