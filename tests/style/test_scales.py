"""Sizes, steps and room."""

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.features.vgg_network import Vgg
from nijigen.style import scales
from nijigen.style.scales import check_room, free_bytes, needed_bytes, plan


def test_each_scale_is_twice_as_large_with_half_the_steps() -> None:
    assert plan(512, None, 100) == [(128, 100), (256, 50), (512, 25)]
    assert plan(600, None, 100) == [(150, 100), (300, 50), (600, 25)]
    assert plan(255, None, 100) == [(255, 100)]
    assert plan(64, None, 7) == [(64, 7)]
    assert plan(64, 3, 3) == [(16, 3), (32, 1), (64, 1)]
    assert plan(16, 6, 4)[0] == (1, 4)


def test_room_grows_with_the_picture_and_its_layers(narrow: Vgg) -> None:
    small, large = (needed_bytes(narrow, "conv3_1", side**2) for side in (100, 200))
    assert large == 4 * small
    assert needed_bytes(narrow, "conv1_2", 100) < needed_bytes(narrow, "conv3_4", 100)


def test_too_large_is_one_line_with_a_size_that_fits(narrow: Vgg, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    assert free_bytes(cpu) > 0
    check_room(narrow, "conv3_4", (64, 64), cpu)
    monkeypatch.setattr(scales, "free_bytes", lambda device: 2**24)
    with pytest.raises(NijigenError, match=r"2048x1024 pixels need about .* use --size \d+, and enlarge") as error:
        check_room(narrow, "conv3_4", (2048, 1024), cpu)
    fits = int(str(error.value).partition("--size ")[2].partition(",")[0])
    check_room(narrow, "conv3_4", (fits, fits // 2), cpu)
    with pytest.raises(NijigenError):
        check_room(narrow, "conv3_4", (fits + 32, fits // 2 + 16), cpu)
