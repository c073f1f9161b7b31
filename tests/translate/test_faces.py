"""Small faces drawn larger: only they change, only around them, and without an edge."""

from pathlib import Path

import numpy as np
import pytest

from nijigen.images.faces.face import Face
from nijigen.images.sheet import Pixels
from nijigen.models.translator import Translator
from nijigen.translate import faces as pasting
from nijigen.translate.faces import paste_faces, small
from nijigen.translate.published import read_published
from nijigen.translate.tiling import translated


@pytest.fixture
def network(narrow: Path) -> Translator:
    return read_published(narrow)


@pytest.fixture
def photo() -> Pixels:
    rows, columns = np.mgrid[:90, :120]
    waves = np.stack([128 + 100 * np.sin(rows / 5), 128 + 100 * np.cos(columns / 4), rows + columns], -1)
    return waves.clip(0, 255).astype(np.uint8)


def face(x: float, y: float, side: float) -> Face:
    return Face((x - side / 2, y - side / 2, x + side / 2, y + side / 2), 0.9)


def test_large_faces_are_left_to_the_whole_picture() -> None:
    found = [face(60, 45, 40), face(60, 45, pasting.SURVIVES), face(60, 45, 500)]
    assert small(found) == found[:1]


def test_what_is_far_from_a_face_stays_as_it_is(network: Translator, photo: Pixels) -> None:
    drawn = translated(network, photo)
    made = paste_faces(network, photo, drawn, [face(40, 45, 24)])
    rows, columns = np.mgrid[:90, :120]
    far = np.hypot(columns + 0.5 - 40, rows + 0.5 - 45) > 24
    assert np.array_equal(made[far], drawn[far])
    assert not np.array_equal(made[40:50, 35:45], drawn[40:50, 35:45])


def test_no_edge_is_seen_where_a_face_ends(network: Translator, photo: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    """A face drawn in quite another colour takes the picture's; and from pixel to pixel its share changes little."""
    drawn = translated(network, photo)
    monkeypatch.setattr(pasting, "translated", lambda network, pixels: np.full_like(pixels, 255))
    made = paste_faces(network, photo, drawn, [face(60, 45, 40)])
    white = np.abs(255 - made.astype(int)).mean()
    assert white > 40
    faded = pasting._faded(np.linspace(0, 1.2, 41))  # 40 px: a face of 33 px
    assert faded[0] == 1
    assert faded[-1] == 0
    assert np.abs(np.diff(faded)).max() < 0.15
    assert (np.diff(faded) <= 0).all()


@pytest.mark.parametrize("where", [(0, 0, 30), (119, 89, 30), (60, 0, 50), (-200, 40, 30), (500, 500, 10)])
def test_faces_at_the_edge_and_beyond(network: Translator, photo: Pixels, where: tuple[float, float, float]) -> None:
    drawn = translated(network, photo)
    before = drawn.copy()
    made = paste_faces(network, photo, drawn, [face(*where)])
    assert made.shape == drawn.shape
    assert np.array_equal(drawn, before)
    outside = where[0] < -where[2] or where[0] > 120 + where[2]
    assert np.array_equal(made, drawn) == outside
