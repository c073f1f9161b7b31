"""What cannot be done is refused in a line that names the flag."""

from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.style.settings import Settings, read_layers, read_shares

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"optimizer": "sgd"}, "--optimizer sgd.*lbfgs, adam"),
    ({"start": "nois"}, r"--start nois \(did you mean noise\?\)"),
    ({"colours": "grey"}, "--colours grey: use one of style, content, luminance"),
    ({"size": 5}, "--size 5: use 16 to 8192"),
    ({"style_size": 10_000}, "--style-size 10000"),
    ({"steps": 0}, "--steps 0"),
    ({"seed": -1}, "seed -1 is out of range"),
    ({"scales": 7}, "--scales 7: use 1 to 6"),
    ({"tv_weight": -1.0}, "--tv-weight -1"),
    ({"style_weight": float("nan")}, "--style-weight nan"),
    ({"content_weight": 0.0, "style_weight": 0.0}, "one of them must be above 0"),
    ({"mix": (1.0,)}, "--style-mix has 1 shares for 2 styles"),
    ({"mix": (0.0, 0.0)}, "--style-mix 0,0"),
    ({"mix": (1.0, -1.0)}, "--style-mix 1,-1"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_wrong_settings(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NijigenError, match=said) as error:
        Settings(**changes).check(styles=2)
    assert "\n" not in str(error.value)


def test_masks_are_one_or_one_for_each() -> None:
    for count in (0, 1, 3):
        Settings().check(3, count)
    with pytest.raises(NijigenError, match="--mask was given 2 times for 3 styles"):
        Settings().check(3, 2)


def test_shares_and_layers_are_read() -> None:
    assert read_shares("0.7, 0.3") == (0.7, 0.3)
    assert read_shares(None) == ()
    with pytest.raises(NijigenError, match="--style-mix 1;2"):
        read_shares("1;2")
    assert Settings(mix=(3, 1)).shares(2) == [0.75, 0.25]
    assert Settings().shares(4) == [0.25] * 4
    assert read_layers("conv1_1, conv2_1,,conv1_1") == ("conv1_1", "conv2_1")
    assert read_layers("") == ()
