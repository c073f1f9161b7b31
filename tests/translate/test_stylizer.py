"""One picture: strength, size, alpha, modes, and what is said where faces cannot be found."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nijigen
from nijigen.errors import NijigenError
from nijigen.images.faces import opencv
from nijigen.translate import stylizer as module
from nijigen.translate.published import read_published
from nijigen.translate.stylizer import Settings, Stylizer, open_stylizer, read_size
from nijigen.translate.tiling import translated

Opener = Callable[..., Stylizer]


@pytest.fixture
def opened(narrow: Path) -> Opener:
    return lambda **settings: open_stylizer(str(narrow), Settings(**{"face": "whole", **settings}), "cpu")


@pytest.fixture
def photo() -> Image.Image:
    rows, columns = np.mgrid[:30, :44]
    return Image.fromarray(np.stack([rows * 8, columns * 5, (rows + columns) * 3], -1).astype(np.uint8))


def test_whole_and_keep_are_the_plain_network(narrow: Path, photo: Image.Image) -> None:
    made = nijigen.stylize(photo, str(narrow), face="whole", device="cpu")
    assert np.array_equal(np.asarray(made), translated(read_published(narrow), np.asarray(photo)))


def test_strength_goes_from_the_photo_to_the_drawing(opened: Opener, photo: Image.Image) -> None:
    before, drawn = (np.asarray(picture, float) for picture in (photo, opened()(photo)))
    assert np.array_equal(np.asarray(opened(strength=0.0)(photo)), before)
    between = np.asarray(opened(strength=0.25)(photo), float)
    assert np.abs(between - (0.75 * before + 0.25 * drawn)).max() <= 1


@pytest.mark.parametrize(("size", "expected"), [(None, (44, 30)), (88, (88, 60)), (22, (22, 15)), (1, (1, 1))])
def test_size_is_the_longer_side(
    opened: Opener, photo: Image.Image, size: int | None, expected: tuple[int, int]
) -> None:
    assert opened(size=size)(photo).size == expected


def test_alpha_and_what_it_hides_stay(opened: Opener, photo: Image.Image) -> None:
    pixels = np.dstack([np.asarray(photo), np.zeros((30, 44), np.uint8)])
    pixels[5:20, 10:30, 3] = 255
    pixels[20:22, 10:30, 3] = 90
    hidden = pixels[..., 3] == 0
    pixels[hidden] = (255, 0, 255, 0)
    made = np.asarray(opened()(Image.fromarray(pixels)))
    assert np.array_equal(made[..., 3], pixels[..., 3])
    assert np.array_equal(made[hidden], pixels[hidden])
    assert not np.array_equal(made[~hidden], pixels[~hidden])
    other = pixels.copy()
    other[hidden] = (0, 255, 0, 0)  # nobody sees it, so it must not colour what is seen
    assert np.array_equal(np.asarray(opened()(Image.fromarray(other)))[~hidden], made[~hidden])


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16", "RGBA"])
def test_python_takes_any_mode(narrow: Path, photo: Image.Image, mode: str) -> None:
    picture = photo.convert("L").convert(mode) if mode == "I;16" else photo.convert(mode)
    made = nijigen.stylize(picture, str(narrow), face="whole", device="cpu")
    assert made.size == photo.size
    assert made.mode == "RGB"  # this alpha hides nothing


def test_faces_are_those_that_the_detector_finds(narrow: Path, photo: Image.Image) -> None:
    from nijigen.images.faces.face import Face

    class Finder:
        name = "test"
        seen: list[tuple[int, int]] = []  # noqa: RUF012  # of this test alone

        def find(self, image: Image.Image) -> list[Face]:
            self.seen.append(image.size)
            return [Face((30, 20, 54, 44), 0.9)]

        def score(self, image: Image.Image) -> float:
            return 0.0

    whole = open_stylizer(str(narrow), Settings(face="whole", size=88), "cpu")
    pasted = Stylizer(whole.style, whole.settings, Finder())
    one, other = np.asarray(whole(photo)), np.asarray(pasted(photo))
    assert Finder.seen == [(88, 60)]  # at the size that is drawn
    assert not np.array_equal(one[25:40, 35:50], other[25:40, 35:50])
    assert np.array_equal(one[:, 70:], other[:, 70:])


def test_without_opencv_a_note_is_given_or_a_refusal(narrow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise NijigenError('finding faces needs opencv: pip install "nijigen[detect]"')

    monkeypatch.setattr(opencv, "opencv", missing)
    monkeypatch.setattr(module, "open_faces", missing)
    said: list[str] = []
    assert open_stylizer(str(narrow), Settings(), "cpu", said.append).detector is None
    assert said == ['small faces may lose their eyes: finding faces needs opencv: pip install "nijigen[detect]"']
    with pytest.raises(NijigenError, match="finding faces needs opencv"):
        open_stylizer(str(narrow), Settings(face="paste"), "cpu")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(strength=1.5), "--strength 1.5: use 0"),
        (Settings(strength=float("nan")), "--strength nan"),
        (Settings(face="past"), "--face past (did you mean paste?): use paste or whole"),
        (Settings(size=0), "--size 0: use 1 to 16,384"),
        (Settings(size=99_999), "--size 99999"),
    ],
)
def test_settings_that_cannot_be(settings: Settings, words: str) -> None:
    with pytest.raises(NijigenError) as caught:
        settings.check()
    assert words in str(caught.value)


def test_a_size_is_a_number_or_keep() -> None:
    assert (read_size("keep"), read_size("640")) == (None, 640)
    with pytest.raises(NijigenError, match="--size large: use a number of pixels, or keep"):
        read_size("large")
