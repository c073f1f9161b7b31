"""Animated pictures of others: frames whole, times as they were, and refusals that name the reason."""

import io

import numpy as np
import pytest
from PIL import Image

from nijigen.images.decode import PictureError
from nijigen.images.moving import USUAL, open_moving

FORMATS = ["GIF", "WEBP", "PNG"]


def animated(kind: str, durations: list[int]) -> bytes:
    """A square that walks to the right, over a ground that only the first frame draws."""
    frames = []
    for index in range(len(durations)):
        frame = Image.new("RGB", (20, 10), (10, 200, 30))
        frame.paste((250, 0, 0), (3 * index, 2, 3 * index + 3, 8))
        frames.append(frame)
    buffer = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=durations, loop=0, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_frames_are_whole_and_times_kept(kind: str) -> None:
    moving = open_moving(animated(kind, [100, 40, 250]))
    assert (moving.size, moving.count, moving.durations) == ((20, 10), 3, (100, 40, 250))
    assert moving.fps == pytest.approx(3000 / 390)
    for index, frame in enumerate(moving.frames()):
        pixels = np.asarray(frame)
        assert frame.mode == "RGB"
        assert tuple(pixels[5, 3 * index + 1]) == (250, 0, 0)
        assert tuple(pixels[5, 17]) == (10, 200, 30)


def test_a_file_that_says_no_time_gets_the_usual_one() -> None:
    assert open_moving(animated("GIF", [0, 0])).durations == (USUAL, USUAL)


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_is_told(kind: str) -> None:
    data = animated(kind, [50] * 4)
    reasons = set()
    for end in range(1, len(data), 7):
        try:
            assert all(frame.size == (20, 10) for frame in open_moving(data[:end]).frames())
        except PictureError as error:
            reasons.add(error.reason)
    assert reasons == {"corrupt"}


def test_more_than_fits_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nijigen.images.moving.MOST_IN_ALL", 599)
    with pytest.raises(PictureError, match="3 frames of 20x10 pixels are more than 599 pixels"):
        open_moving(animated("GIF", [50] * 3))
