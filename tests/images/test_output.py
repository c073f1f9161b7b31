"""What a format cannot hold is left out and said."""

from io import BytesIO

import pytest
from PIL import Image

from nijigen.images.output import MOST_EXIF, encode


def exif_of(letters: int) -> bytes:
    """An EXIF block with a description of so many letters."""
    exif = Image.Exif()
    exif[0x010E] = "x" * letters
    return exif.tobytes()


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG"])
def test_an_exif_block_larger_than_a_jpegs_segment_is_left_out_and_said(name: str) -> None:
    data, notes = encode(Image.new("RGB", (4, 4)), name, exif=exif_of(MOST_EXIF + 1))
    assert notes == ["the EXIF block does not fit into a jpg and was left out"]
    with Image.open(BytesIO(data)) as image:
        assert not image.getexif()


@pytest.mark.parametrize(("name", "letters"), [("a.jpg", MOST_EXIF - 100), ("a.png", 2 * MOST_EXIF)])
def test_one_that_fits_is_kept_without_a_word(name: str, letters: int) -> None:
    data, notes = encode(Image.new("RGB", (4, 4)), name, exif=exif_of(letters))
    assert notes == []
    with Image.open(BytesIO(data)) as image:
        assert image.getexif()[0x010E] == "x" * letters
