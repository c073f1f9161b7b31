"""An avatar is pixels and certificate, and both survive the file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar, Avatars, pixel_digest
from nijigen.errors import NijigenError
from nijigen.images.png import read_png, write_png


def avatar(value: int = 7, channels: int = 3, **facts: Any) -> Avatar:
    pixels = np.full((8, 6, channels), value, np.uint8)
    return Avatar(pixels, {"kind": "model", "seed": value, "attributes": {"hair_color": "pink"}, **facts})


def test_the_certificate_names_format_and_pixels() -> None:
    made = avatar()
    assert made.certificate["format_version"] == 1
    assert made.certificate["pixels"] == pixel_digest(made.pixels)
    assert (made.seed, made.attributes) == (7, {"hair_color": "pink"})


def test_the_digest_sees_every_pixel_and_the_shape() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    digests = {pixel_digest(pixels), pixel_digest(pixels.reshape(6, 4, 3))}
    for place in ((0, 0, 0), (3, 5, 2)):
        changed = pixels.copy()
        changed[place] = 1
        digests.add(pixel_digest(changed))
    assert len(digests) == 4
    assert pixel_digest(np.zeros((8, 6, 3), np.uint8)[::2]) == pixel_digest(pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_the_file_keeps_both(channels: int, tmp_path: Path) -> None:
    made = avatar(channels=channels)
    found = Avatar.open(made.save(tmp_path / "deep" / "a.png"))
    assert found.certificate == made.certificate
    assert (found.pixels == made.pixels).all()
    assert made.png() == (tmp_path / "deep" / "a.png").read_bytes() == made._repr_png_()


def test_a_changed_picture_keeps_the_certificate_of_the_old_one(tmp_path: Path) -> None:
    made = avatar()
    write_png(tmp_path / "painted.png", Image.new("RGB", (6, 8)), made.certificate)
    found = Avatar.open(tmp_path / "painted.png")
    assert found.certificate["pixels"] == made.certificate["pixels"] != pixel_digest(found.pixels)


def test_saved_by_another_program_it_has_no_certificate(tmp_path: Path) -> None:
    avatar().save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        picture.copy().save(tmp_path / "b.png")
    with pytest.raises(NijigenError, match=r"no birth certificate: it is no avatar of nijigen .*, or was saved again"):
        Avatar.open(tmp_path / "b.png")


@pytest.mark.parametrize("version", [2, "1", None, 1.5])
def test_another_format_is_refused(version: object, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", Image.new("RGB", (2, 2)), {"format_version": version})
    with pytest.raises(NijigenError, match="update nijigen"):
        Avatar.open(tmp_path / "a.png")


def test_given_noise_has_no_seed() -> None:
    assert avatar(z="AAAA").seed is None
    assert Avatar(np.zeros((1, 1, 3), np.uint8), {}).seed is None


def test_many_are_a_sequence_and_a_sheet(tmp_path: Path) -> None:
    many = Avatars([avatar(value) for value in range(5)])
    assert len(many) == 5
    assert [one.seed for one in many] == [0, 1, 2, 3, 4]
    assert many[-1].seed == 4
    assert isinstance(many[1:3], Avatars)
    assert [one.seed for one in many[1:3]] == [1, 2]
    assert many.sheet(columns=5).size == (5 * 96 + 4 * 2, 128)  # enlarged 16 times, to be seen
    paths = many.save(tmp_path)
    assert [path.name for path in paths] == [f"avatar-{index:04d}.png" for index in range(5)]
    assert [Avatar.open(path).seed for path in paths] == [0, 1, 2, 3, 4]
    assert read_png(paths[0])[0].size == (6, 8)
