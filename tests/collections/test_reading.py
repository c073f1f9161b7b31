"""A stranger's file is looked at within bounds, and refused in one line."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nijigen.collections import reading
from nijigen.collections.reading import as_text, read_facts, searchable
from nijigen.errors import NijigenError
from nijigen.images.png import encode_png

Draw = Callable[..., bytes]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=100), inner, max_size=5),
    max_leaves=12,
)


def picture(certificate: Any, size: tuple[int, int] = (4, 4)) -> bytes:
    return encode_png(Image.new("RGB", size), certificate)


def test_what_a_file_says(drawn: Draw) -> None:
    facts = read_facts(drawn(9, hair_color="blue"))
    assert (facts.media_type, facts.width, facts.height, facts.model, facts.model_digest) == (
        "image/png",
        16,
        16,
        "",
        "",
    )
    assert facts.certificate["seed"] == 9


def test_a_models_file_names_its_model() -> None:
    facts = read_facts(picture({"format_version": 1, "kind": "model", "model": "chibi", "digest": "ab" * 32}))
    assert (facts.model, facts.model_digest) == ("chibi", "ab" * 32)


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "me.png is no PNG and no WebP"),
        (b"hello", "me.png is no PNG and no WebP"),
        (jpeg(), "me.png is no PNG and no WebP"),
        (b"RIFF\0\0\0\0WAVEfmt ", "me.png is no PNG and no WebP"),
        (b"\x89PNG\r\n\x1a\nnothing", "me.png"),
        (picture(None), "me.png carries no birth certificate"),
        (picture({"format_version": 99}), "me.png has certificate format 99"),
        (picture({"format_version": 1, "seed": float("nan")}), "me.png: its birth certificate is damaged"),
    ],
)
def test_what_is_refused(file: bytes, words: str) -> None:
    with pytest.raises(NijigenError) as caught:
        read_facts(file, "me.png")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bounds(drawn: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PIXELS", 255)
    with pytest.raises(NijigenError, match="pixels"):
        read_facts(drawn())
    monkeypatch.setattr(reading, "MAX_BYTES", 2**20)
    with pytest.raises(NijigenError, match="more than 1 MiB"):
        read_facts(bytes(2**20 + 1))


@given(JSON)
def test_any_certificate_is_kept_or_refused(certificate: Any) -> None:
    """Whatever stands in a certificate: rows that every database takes, or one line."""
    try:
        facts = read_facts(
            picture({"format_version": 1, "kind": "model", "model": certificate, "attributes": certificate})
        )
    except NijigenError:  # in a line: see test_what_is_refused
        return
    text = as_text(facts.certificate)
    assert text.isascii()
    assert json.loads(text) == facts.certificate
    rows = list(searchable(facts.certificate))
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        assert 1 <= len(row["name"]) <= 80
        assert len(row["value"]) <= 80
        assert (row["number"] is None) == bool(row["value"])
        f"{row['name']}{row['value']}{facts.model}".encode()  # no half of a surrogate pair


def test_words_and_numbers() -> None:
    certificate = {
        "attributes": {"Hair Color": "Light Blue", "tilt": -3.5, "blush": 1, "hat": True, "of": ["x"], "": "y"}
    }
    assert list(searchable(certificate)) == [
        {"name": "hair_color", "value": "light_blue", "number": None},
        {"name": "tilt", "value": "", "number": -3.5},
        {"name": "blush", "value": "", "number": 1.0},
    ]
