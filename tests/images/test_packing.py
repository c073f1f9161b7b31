"""Rectangles in a sheet: none over another, all inside, and not too much air between them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.errors import NijigenError
from nijigen.images.packing import pack

SIZES = st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), min_size=1, max_size=24)


@settings(max_examples=60)
@given(sizes=SIZES, padding=st.integers(0, 5), power_of_two=st.booleans())
def test_no_overlaps_and_all_inside(sizes: list[tuple[int, int]], padding: int, power_of_two: bool) -> None:
    (width, height), places = pack(sizes, padding, power_of_two)
    if power_of_two:
        assert width & (width - 1) == 0
        assert height & (height - 1) == 0
    boxes = [(x, y, x + wide, y + high) for (x, y), (wide, high) in zip(places, sizes, strict=True)]
    for index, (left, top, right, bottom) in enumerate(boxes):
        assert min(left, top) >= padding
        assert right <= width - padding
        assert bottom <= height - padding
        for other in boxes[:index]:
            apart = (other[0] - right, left - other[2], other[1] - bottom, top - other[3])
            assert max(apart) >= padding


def test_little_is_left_empty() -> None:
    assert pack([(62, 62)] * 16, padding=2)[0] == (512, 256)  # 16 × 64 and the edge's 2: they just miss 256 × 256
    assert pack([(60, 60)] * 16, padding=2)[0] == (256, 256)
    (width, height), _ = pack([(30, 20)] * 12, padding=0, power_of_two=False)
    assert width * height == 30 * 20 * 12
    assert width < 2 * height
    assert pack([(1, 70)], padding=0, power_of_two=False)[0] == (1, 70)


def test_too_much_is_refused_in_a_line() -> None:
    with pytest.raises(NijigenError, match=r"65 frames of up to 1024 px do not fit on a sheet of 8,192 px.*--size"):
        pack([(1024, 1024)] * 65, padding=0)
    with pytest.raises(NijigenError, match="do not fit"):
        pack([(9000, 10)], power_of_two=False)
