"""Thresholds: the file that comes with nijigen, one's own, and what is wrong with it."""

from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from nijigen.data.audit import REASONS, judge, load_thresholds, measure
from nijigen.data.audit.judge import DEFAULTS
from nijigen.errors import NijigenError
from nijigen.illustrator import compose


def test_every_number_of_the_file_says_where_it_comes_from() -> None:
    lines = [line for line in DEFAULTS.read_text(encoding="utf-8").splitlines() if "=" in line.split("#")[0]]
    assert len(lines) == len(asdict(load_thresholds()))
    assert all(len(line.partition("#")[2]) > 10 for line in lines)


def test_every_reason_has_a_table() -> None:
    names = asdict(load_thresholds())
    assert all(any(name.startswith(f"{reason}_") for name in names) for reason in REASONS)


def test_ones_own_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[blurred]\nsharpness = 0.5\n[dark]\nupper = 0\n", encoding="utf-8")
    mine, usual = load_thresholds(path), load_thresholds()
    assert (mine.blurred_sharpness, mine.dark_upper) == (0.5, 0.0)
    changed = {name for name, value in asdict(mine).items() if value != asdict(usual)[name]}
    assert changed == {"blurred_sharpness", "dark_upper"}
    image = Image.fromarray(compose(1).render(96))
    assert [reason.name for reason in judge(measure(image, image), mine)] == ["blurred"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[blured]\nsharpness = 1", r"\[blured\] is no reason \(did you mean blurred\?\)"),
        ("[blurred]\nsharp = 1", r"\[blurred\] sharp is not known; use sharpness"),
        ("[blurred]\nsharpness = 'low'", r"\[blurred\] sharpness must be a number, not 'low'"),
        ("[blurred]\nsharpness = true", "must be a number"),
        ("[blurred]\nsharpness = nan", "must be a number"),
        ("blurred = 3", r"\[blurred\] is no reason"),
        ("[blurred", "no TOML"),
        (b"\xff\xfe", "no TOML"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NijigenError, match=message) as caught:
        load_thresholds(path)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=r"none\.toml: No such file"):
        load_thresholds(tmp_path / "none.toml")
