"""An avatar in words: those that say what is seen."""

from typing import Any

import pytest

from nijigen.serve.studio.describing import describe

BORN: dict[str, Any] = {"seed": 7, "attributes": {"hair_color": "pink", "expression": "smile", "blush": 0.4}}
MIX = {"kind": "mix", "other": {}, "layers": "all", "share": 0.5}
BLUE = {"kind": "set", "attributes": {"hair_color": "blue"}}


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([], "Avatar, seed 7: pink, smile"),
        ([{"kind": "vary", "seed": 1, "strength": 0.2}], "Avatar, seed 7: pink, smile"),
        ([MIX], "Avatar, mixed of two"),  # pink and the smile are the first one's, and so is the seed
        ([BLUE, MIX], "Avatar, mixed of two"),
        ([MIX, BLUE], "Avatar, mixed of two: pink"),  # by its attributes, which say what came of all edits
        ([MIX, BLUE, MIX], "Avatar, mixed of two"),
        ("damaged", "Avatar, seed 7: pink, smile"),
        ([7, {"kind": "mix"}, {"kind": "set", "attributes": 3}], "Avatar, mixed of two"),
    ],
)
def test_no_words_of_one_parent_are_said_of_two(edits: Any, said: str) -> None:
    assert describe({**BORN, "edits": edits}, "en") == said


def test_in_three_languages() -> None:
    assert describe({**BORN, "edits": [MIX]}, "zh") == "头像，由两位混合而成"
    assert describe({**BORN, "edits": [MIX]}, "ja") == "アバター、ふたりのミックス"
    assert describe({"attributes": {}}, "en") == "Avatar"
