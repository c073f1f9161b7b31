"""The content filter: any classifier in ONNX, told by a file beside it how to be read."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.content import ContentFilter, open_filter

RED = Image.new("RGB", (80, 60), (204, 51, 0))


def settled(path: Path, text: str) -> Path:
    path.with_suffix(".toml").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("size", [32, "side"])
@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_any_input_is_read_from_the_file(tmp_path, size, floats, last, redness):
    path = settled(redness(tmp_path / "red.onnx", size=size, floats=floats, last=last), "index = 0\nsize = 48")
    found = open_filter(path)
    assert found.score(RED) == pytest.approx(0.8, abs=1e-3)
    assert found.side == (32 if size == 32 else 48)


def test_the_settings_say_which_numbers_count_and_how(tmp_path, redness):
    path = redness(tmp_path / "red.onnx", outputs=2)
    for text, expected in (
        ('output = "again"\nindex = 1', 0.2),
        ('output = "colours"\nindex = [0, 1]\nmean = 0.25', 0.5),
        ('output = "colours"\nindex = 0\nmean = 0.4\nstd = [0.8, 1, 1]', 0.5),
        ('output = "colours"\nindex = 0\nactivation = "sigmoid"\nmean = 0.8', 0.5),
        ('output = "colours"\nindex = [0, 1, 2]\nactivation = "softmax"', 1.0),
    ):
        assert open_filter(settled(path, text)).score(RED) == pytest.approx(expected, abs=2e-3)


def test_one_number_needs_no_settings(tmp_path, redness):
    found = open_filter(redness(tmp_path / "red.onnx", single=True))
    assert found.score(RED) == pytest.approx(0.8, abs=1e-3)
    assert (found.least, open_filter(found.path, 0.9).least) == (0.5, 0.9)
    noted = found.noted()
    assert noted["file"] == "red.onnx"
    assert len(noted["sha256"]) == 64
    assert str(tmp_path) not in str(noted)
    assert noted["size"] == 32  # what the file fixes, and not what a free one would be given
    assert open_filter(redness(tmp_path / "free.onnx", size="side", single=True)).noted()["size"] == 224


def test_see_through_parts_are_seen_on_white(tmp_path, redness):
    found = open_filter(redness(tmp_path / "red.onnx", single=True))
    assert found.score(Image.new("RGBA", (9, 9), (0, 0, 0, 0))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sise = 3", "sise is not known (did you mean size?)"),
        ("size = 0", "size = 0: use a whole number, 1 to 2048"),
        ("size = true", "size = True"),
        ("index = -1", "index = -1: use the place"),
        ("index = []", "index = []"),
        ("index = 7", "gives 3 numbers for a picture"),
        ('index = 0\nactivation = "tanh"', "use none or softmax or sigmoid"),
        ("index = 0\nleast = 1.5", "a number from 0 to 1"),
        ("index = 0\nmean = [1, 2]", "one for each of red"),
        ("index = 0\nstd = 0", "a number above 0"),
        ("index = 0\nmean = nan", "mean = nan"),
        ("index = 0\nmean = -5", "gave 5.5"),
        ('output = "scores"\nindex = 0', "has no output scores, but colours"),
        ("index = ", "cannot be read"),
    ],
)
def test_settings_that_are_wrong_are_one_line(tmp_path, text, said, redness):
    path = settled(redness(tmp_path / "red.onnx"), text)
    with pytest.raises(NijigenError, match=r"(?s)^[^\n]*$") as error:
        open_filter(path)
    assert said in str(error.value)


def test_a_network_that_does_not_fit_is_one_line(tmp_path, redness):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x08no model")
    cases = [
        (broken, "damaged or no ONNX model"),
        (tmp_path / "gone.onnx", "is not there: give the path of an image classifier"),
        (redness(tmp_path / "many.onnx"), r"gives 3 numbers for a picture: say index = … in many.toml"),
        (redness(tmp_path / "two.onnx", outputs=2), "has the outputs colours, again"),
        (redness(tmp_path / "large.onnx", size=5000), "wants pictures of 5000x5000"),
        (redness(tmp_path / "three.onnx", size=3), r"has the input images \['n', 3, 3, 3\]"),
    ]
    for path, said in cases:
        with pytest.raises(NijigenError, match=said):
            open_filter(path)
    other = tmp_path / "filter.bin"
    other.write_bytes(b"x")
    with pytest.raises(NijigenError, match=r"ends in \.onnx"):
        open_filter(other)
    with pytest.raises(NijigenError, match="--filter-least 2 is out of range"):
        open_filter(cases[2][0], 2)


def test_without_onnxruntime_the_extra_is_named(tmp_path, monkeypatch, redness):
    path = redness(tmp_path / "red.onnx", single=True)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NijigenError, match=r"red.onnx needs onnxruntime: pip install \"nijigen\[onnx\]\""):
        ContentFilter(str(path)).check()
