"""The way there as a moving picture, and what could not be written at the end, said at the beginning."""

from pathlib import Path

import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.style.preview import FPS, Preview


def test_frames_of_every_size_become_one(tmp_path: Path) -> None:
    preview = Preview(tmp_path / "way.webp", (40, 20), 7, every=3)
    for number in range(1, 8):
        preview(number, lambda n=number: Image.new("RGB", (10 if n < 4 else 40, 5 if n < 4 else 20), (n * 30, 0, 0)))
    assert len(preview.frames) == 3
    preview.write(Image.new("RGB", (40, 20), "white"))
    with Image.open(tmp_path / "way.webp") as film:
        assert (film.size, film.n_frames) == ((40, 20), 4)  # the last one stays


def test_about_sixty_frames_and_no_larger_than_512(tmp_path: Path) -> None:
    preview = Preview(tmp_path / "way.gif", (2048, 1024), 175)
    assert preview.every == 3
    assert preview.size == (512, 256)
    assert FPS == 12


@pytest.mark.parametrize(("name", "every", "said"), [
    ("way.txt", None, r"--preview .*way\.txt: use a name that ends in \.webp"),
    ("way.webp", 0, "--every 0: use 2 or more"),
    ("way.webp", 1, "--every 1: use 2 or more"),
])  # fmt: skip
def test_what_cannot_be_written_is_said_first(name: str, every: int | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=said):
        Preview(tmp_path / name, (8, 8), 1000, every)
