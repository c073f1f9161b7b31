import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.images.faces.face import Face, area, merge, moved, same

corner = st.floats(-500, 500)
boxes = st.tuples(corner, corner, st.floats(1, 300), st.floats(1, 300)).map(
    lambda row: (row[0], row[1], row[0] + row[2], row[1] + row[3])
)
faces = st.lists(st.builds(Face, boxes, st.floats(0, 1)), max_size=12)


@given(faces)
def test_what_is_left_is_of_different_faces_and_in_order(found):
    kept = merge(found)
    assert all(not same(one.box, other.box) for i, one in enumerate(kept) for other in kept[:i])
    assert [face.box for face in kept] == sorted(face.box for face in kept)
    assert set(kept) <= set(found)
    # Whatever is gone is the same face as one that is kept, and no surer.
    assert all(any(same(gone.box, one.box) and gone.score <= one.score for one in kept) for gone in found)


@given(faces, st.randoms())
def test_the_order_of_the_finds_does_not_matter(found, dice):
    shuffled = list(found)
    dice.shuffle(shuffled)
    assert merge(shuffled) == merge(found)


def test_a_small_box_inside_a_large_one_is_the_same_face():
    assert same((0, 0, 100, 100), (40, 40, 60, 60))
    assert not same((0, 0, 100, 100), (95, 95, 115, 115))
    assert not same((0, 0, 100, 100), (60, 0, 160, 100))
    assert same((0, 0, 100, 100), (40, 0, 140, 100))


@pytest.mark.parametrize(
    ("eyes", "tilt", "angle"),
    [
        (((10, 10), (20, 20)), None, 45),
        (((10, 10), (20, 10)), 12.0, 0),
        (((10, 20), (20, 10)), None, -45),
        (((20, 10), (10, 10)), 7.0, 7),
        (None, -3.0, -3),
        (None, None, None),
    ],
)
def test_the_angle_is_that_of_the_eyes_where_there_are_eyes(eyes, tilt, angle):
    assert Face((0, 0, 40, 40), 1.0, eyes, tilt).angle == (angle if angle is None else pytest.approx(angle))


def test_boxes():
    assert area((0, 0, 3, 4)) == 12
    assert area((3, 0, 0, 4)) == 0
    assert moved((0, 1, 2, 3), 1.5) == (1.5, 2.5, 3.5, 4.5)
    assert Face((0, 0, 4, 9), 1).side == 6
