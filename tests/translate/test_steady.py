"""Faces in a film: they move smoothly, survive a few frames in which nobody finds them, and are forgotten then."""

import json
from typing import Any

from nijigen.images.faces.face import Face
from nijigen.translate.steady import PATIENCE, Steady

NOBODY: Any = None  # no stylizer is asked here


def at(x: float, side: float = 40) -> Face:
    return Face((x, 10, x + side, 10 + side), 0.5)


def test_a_trembling_face_trembles_less() -> None:
    steady = Steady(NOBODY)
    left = [steady.faces([at(100 + 4 * (index % 2))])[0].box[0] for index in range(20)][5:]
    assert max(left) - min(left) < 2.5
    assert 100 <= min(left) <= max(left) <= 104


def test_a_moving_face_is_followed() -> None:
    steady = Steady(NOBODY)
    for index in range(20):
        (face,) = steady.faces([at(2 * index)])
    assert abs(face.box[0] - 38) < 5


def test_a_face_that_is_missed_stays_for_some_frames() -> None:
    steady = Steady(NOBODY)
    steady.faces([at(100)])
    for _ in range(PATIENCE):
        assert [face.box[0] for face in steady.faces([])] == [100]
    assert steady.faces([]) == []


def test_two_faces_are_two() -> None:
    steady = Steady(NOBODY)
    steady.faces([at(0), at(100)])
    assert sorted(round(face.box[0]) for face in steady.faces([at(101), at(1)])) == [0, 100]


def test_what_is_remembered_goes_on_where_it_was() -> None:
    one = Steady(NOBODY)
    one.faces([at(100), at(200)])
    one.faces([at(104)])
    other = Steady(NOBODY, json.loads(json.dumps(one.remember())))
    assert other.faces([at(108)]) == one.faces([at(108)])
