"""What is read of a file: colours under what is hidden, EXIF without its turn, and one line for what is no picture."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.style.pictures import fit, fitted, open_picture, planes_of, spread


def test_colours_reach_under_what_is_hidden() -> None:
    colours, alpha = torch.zeros(1, 3, 13, 17), torch.zeros(1, 1, 13, 17)
    colours[:, 0, 4:7, 5:8], alpha[..., 4:7, 5:8] = 0.8, 1
    made = spread(colours, alpha)
    assert torch.allclose(made[:, 0], torch.full((1, 13, 17), 0.8), atol=1e-5)
    assert torch.equal(made[..., 4:7, 5:8], colours[..., 4:7, 5:8])


def test_what_can_be_seen_stays_and_nothing_is_grey() -> None:
    colours, alpha = torch.rand(1, 3, 6, 7), torch.rand(1, 1, 6, 7).clamp(min=0.01)
    assert torch.equal(spread(colours, alpha), colours)
    assert torch.equal(spread(colours, alpha * 0), torch.full((1, 3, 6, 7), 0.5))


def test_the_longer_side_is_what_was_asked_for() -> None:
    assert fitted((200, 100), 64) == (64, 32)
    assert fitted((3, 1000), 50) == (1, 50)
    assert fit(Image.new("RGB", (8, 4)), 8).size == (8, 4)
    assert fit(Image.new("RGBA", (8, 4)), 16).size == (16, 8)


def test_hidden_colours_do_not_bleed() -> None:
    image = Image.new("RGBA", (16, 16), (0, 255, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 8, 16))
    planes = planes_of(fit(image, 8))
    assert float(planes.colours[:, 1].max()) < 0.02
    assert planes.alpha is not None
    assert planes_of(Image.new("RGB", (2, 2))).alpha is None


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_becomes_colours(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (3, 2)).save(path)
    assert planes_of(open_picture(path).image).colours.shape == (1, 3, 2, 3)


def test_exif_stays_without_the_turn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ada"
    Image.new("RGB", (8, 4), "red").save(tmp_path / "a.jpg", exif=exif)
    opened = open_picture(tmp_path / "a.jpg")
    assert opened.image.size == (4, 8)
    found = Image.Exif()
    found.load(opened.exif)
    assert dict(found) == {0x013B: "Ada"}


def test_the_first_frame_is_taken_and_that_is_said(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    opened = open_picture(tmp_path / "a.gif")
    assert opened.image.getpixel((0, 0))[:3] == (255, 0, 0)
    assert "several frames" in opened.notes[0]


@pytest.mark.parametrize(("data", "word"), [(b"", "empty"), (b"junk", "corrupt"), (b"\x89PNG\r\n\x1a\n", "corrupt")])
def test_no_picture_is_one_line(data: bytes, word: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(NijigenError, match=rf"a\.png: {word}"):
        open_picture(tmp_path / "a.png")
    with pytest.raises(NijigenError, match=r"cannot read .*nowhere\.png"):
        open_picture(tmp_path / "nowhere.png")
