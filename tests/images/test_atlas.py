"""Sprite sheets: what the JSON says is where the frame is, to the pixel."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.errors import NijigenError
from nijigen.images.atlas import cut_out, make_atlas
from nijigen.images.sheet import Pixels


def blot(seed: int, width: int, height: int) -> Pixels:
    """A spot of noise somewhere on nothing."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 4), np.uint8)
    left, top = random.integers(0, width), random.integers(0, height)
    part = pixels[top : top + random.integers(1, height + 1), left : left + random.integers(1, width + 1)]
    part[...] = random.integers(1, 256, part.shape)
    return pixels


@settings(max_examples=40)
@given(
    shapes=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=12),
    padding=st.integers(0, 4),
    trim=st.booleans(),
    power_of_two=st.booleans(),
)
def test_every_frame_comes_back(shapes: list[tuple[int, int]], padding: int, trim: bool, power_of_two: bool) -> None:
    frames = {f"frame {index}": blot(index, *shape) for index, shape in enumerate(shapes)}
    atlas = make_atlas(frames, "x.png", padding=padding, trim=trim, power_of_two=power_of_two)
    data = json.loads(json.dumps(atlas.data))
    rest = atlas.pixels.copy()
    for name, pixels in frames.items():
        assert (cut_out(atlas.pixels, data, name) == pixels).all()
        place = data["frames"][name]["frame"]
        rest[place["y"] : place["y"] + place["h"], place["x"] : place["x"] + place["w"]] = 0
    assert not rest.any()  # nothing of a frame lies outside of its place
    assert data["meta"]["size"] == {"w": atlas.pixels.shape[1], "h": atlas.pixels.shape[0]}


def test_the_json_is_what_importers_read() -> None:
    picture = np.zeros((10, 12, 4), np.uint8)
    picture[2:7, 3:9] = 200
    plain = np.full((10, 12, 4), 9, np.uint8)
    nothing = np.zeros((10, 12, 4), np.uint8)
    frames = {"a": picture, "b": plain, "c": nothing}
    data = make_atlas(frames, "ada.png", padding=1, animations={"turn": ["a", "b", "a"]}).data
    assert set(data["frames"]["a"]) == {"frame", "rotated", "trimmed", "spriteSourceSize", "sourceSize"}
    assert data["frames"]["a"]["spriteSourceSize"] == {"x": 3, "y": 2, "w": 6, "h": 5}
    assert data["frames"]["a"]["sourceSize"] == {"w": 12, "h": 10}
    assert [data["frames"][name]["trimmed"] for name in "abc"] == [True, False, True]
    assert data["frames"]["c"]["frame"]["w"] == 1  # an engine wants a frame that is there
    assert data["animations"] == {"turn": ["a", "b", "a"]}
    assert data["meta"] | {"version": ""} == {
        "app": "nijigen", "version": "", "image": "ada.png", "format": "RGBA8888", "size": {"w": 32, "h": 16},
        "scale": "1",
    }  # fmt: skip
    assert make_atlas({"a": picture[..., :3]}, "x.png").data["meta"]["format"] == "RGB888"


def test_mistakes_are_one_line() -> None:
    picture = np.zeros((4, 4, 4), np.uint8)
    with pytest.raises(NijigenError, match="one frame or more"):
        make_atlas({}, "x.png")
    with pytest.raises(NijigenError, match="with and without transparency"):
        make_atlas({"a": picture, "b": picture[..., :3]}, "x.png")
    with pytest.raises(NijigenError, match="--padding 65"):
        make_atlas({"a": picture}, "x.png", padding=65)
    atlas = make_atlas({"a": picture}, "x.png")
    for name, data in [("b", atlas.data), ("a", {}), ("a", {"frames": {"a": {"frame": 3}}})]:
        with pytest.raises(NijigenError, match="cannot be cut out"):
            cut_out(atlas.pixels, data, name)
    atlas.data["frames"]["a"]["frame"]["x"] = 10**6
    with pytest.raises(NijigenError, match="outside of the sheet"):
        cut_out(atlas.pixels, atlas.data, "a")
