"""Drawings without values that must not be: chance chooses again, and nothing else changes."""

from pathlib import Path

import pytest

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.illustrator import compose, draw_many
from nijigen.illustrator.drawing import draw, draw_to_folder

AVOID = {"accessory": ["glasses", "none"], "表情": ["smile"]}


def test_chance_leaves_the_values_out_and_all_else_as_it_was() -> None:
    for seed in range(60):
        plain, avoiding = compose(seed), compose(seed, avoid=AVOID)
        assert avoiding.attributes["accessory"] not in ("glasses", "none")
        assert avoiding.attributes["expression"] != "smile"
        for name, value in plain.attributes.items():
            if not (name == "accessory" and value in ("glasses", "none")) and (name, value) != ("expression", "smile"):
                assert avoiding.attributes[name] == value


def test_what_is_given_counts_and_the_framing_can_be_avoided() -> None:
    assert compose(1, accessory="glasses", avoid=AVOID).attributes["accessory"] == "glasses"
    assert compose(1, avoid={"framing": ["bust"]}).attributes["framing"] == "full"
    with pytest.raises(NijigenError, match="no value is left"):
        compose(1, avoid={"framing": ["bust", "full"]})


def test_many_files_and_workers_agree(tmp_path: Path) -> None:
    expected = [compose(3 + index, avoid=AVOID).attributes for index in range(10)]
    for workers in (1, 2):
        drawn = draw_many(10, 3, 16, avoid=AVOID, workers=workers)
        assert [character.attributes for _, character, _ in drawn] == expected
    assert [avatar.attributes for avatar in draw(10, 3, 16, avoid=AVOID)] == expected
    paths = draw_to_folder(tmp_path, 10, 3, 16, {}, avoid=AVOID, workers=1)
    assert [Avatar.open(path).attributes for path in paths] == expected
