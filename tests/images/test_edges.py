"""Blurred edges: Canny against a plain reading of its definition, and everything but edges as it was."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.images.edges import STRONG, WEAK, broadened, find_edges, smooth_edges

Array = np.ndarray[Any, Any]


def squares(count: int = 3, side: int = 32) -> Array:
    """Pictures with squares of several brightnesses on noise."""
    random = np.random.default_rng(4)
    pictures = random.integers(90, 110, (count, side, side, 3)).astype(np.uint8)
    for number, picture in enumerate(pictures):
        picture[6 : 18 + number, 8:22] = 90 + 40 * number, 200, 30
        picture[20:28, 3:7] = 140
    return pictures


def plain_edges(grey: Array) -> Array:
    """Canny's edges of one picture, place by place."""
    height, width = grey.shape
    weights = np.exp(-(np.arange(-2, 3) ** 2) / 2)
    kernel = np.outer(weights, weights) / weights.sum() ** 2
    wide = np.pad(grey.astype(np.float64), 2, mode="reflect")
    calm = np.array([[(wide[y : y + 5, x : x + 5] * kernel).sum() for x in range(width)] for y in range(height)])
    wide = np.pad(calm, 1, mode="edge")
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    slopes = np.zeros((2, height, width))
    for y in range(height):
        for x in range(width):
            part = wide[y : y + 3, x : x + 3]
            slopes[:, y, x] = (part * sobel).sum(), (part * sobel.T).sum()
    strength = np.pad(np.abs(slopes).sum(axis=0), 1)
    thin = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            angle = np.rad2deg(np.arctan2(slopes[1, y, x], slopes[0, y, x])) % 180
            dy, dx = [(0, 1), (1, 1), (1, 0), (1, -1), (0, 1)][int(np.rint(angle / 45))]
            here = strength[y + 1, x + 1]
            ahead, behind = strength[y + 1 + dy, x + 1 + dx], strength[y + 1 - dy, x + 1 - dx]
            thin[y, x] = here >= WEAK and here >= ahead and here > behind
    waiting = [(y, x) for y, x in zip(*np.nonzero(thin), strict=True) if strength[y + 1, x + 1] >= STRONG]
    found = np.zeros((height, width), bool)
    while waiting:
        y, x = waiting.pop()
        if 0 <= y < height and 0 <= x < width and thin[y, x] and not found[y, x]:
            found[y, x] = True
            waiting += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return found


def test_edges_are_cannys() -> None:
    grey = squares().astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    found = find_edges(grey)
    assert found.any()
    for number, picture in enumerate(grey):
        # Rounding may decide between two places of the same slope; no more than that.
        assert (found[number] != plain_edges(picture)).mean() < 0.005


def test_only_what_is_near_an_edge_changes() -> None:
    pictures = squares()
    made = smooth_edges(pictures)
    near = broadened(find_edges(pictures.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)), 1)
    assert made.dtype == np.uint8
    assert (made[~near] == pictures[~near]).all()
    assert (made[near] != pictures[near]).any(axis=-1).mean() > 0.9


def test_an_even_picture_has_no_edges() -> None:
    even = np.full((2, 16, 16, 3), 128, np.uint8)
    assert (smooth_edges(even) == even).all()


def test_a_twin_is_a_function_of_its_picture_alone() -> None:
    pictures = squares()
    together = smooth_edges(pictures)
    for number in range(len(pictures)):
        assert (smooth_edges(pictures[number : number + 1])[0] == together[number]).all()


@pytest.mark.parametrize("by", [1, 2])
def test_masks_grow_to_squares(by: int) -> None:
    mask = np.zeros((1, 9, 9), bool)
    mask[0, 4, 3] = True
    rows, columns = np.nonzero(broadened(mask, by)[0])
    assert {*zip(rows, columns, strict=True)} == {(y, x) for y in range(4 - by, 5 + by) for x in range(3 - by, 4 + by)}


def test_drawn_lines_become_soft(shared_data: Path) -> None:
    """On real drawings: the steepest slopes are gone, and colours are where they were."""
    from nijigen.data.sources import open_source

    source = open_source(shared_data / "visual-novel-faces-64.zip")
    listing = source.listing()
    import io

    faces = np.stack([
        np.asarray(Image.open(io.BytesIO(source.read(entry, 2**20))).convert("RGB").resize((64, 64)))
        for entry in listing.pictures[:40]
    ])  # fmt: skip
    made = smooth_edges(faces)

    def steepest(pictures: Array) -> float:
        return float(np.quantile(np.abs(np.diff(pictures.astype(float), axis=2)), 0.98))

    assert steepest(made) < 0.75 * steepest(faces)
    assert np.abs(made.astype(float).mean(axis=(1, 2)) - faces.mean(axis=(1, 2))).max() < 3
