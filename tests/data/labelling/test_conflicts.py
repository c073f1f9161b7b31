import pytest

from nijigen.data.labelling.conflicts import Conflict, conflict_lines, conflicts

FILES = [f"{n}.png" for n in range(8)]


def rows(*given):
    return [*given, *[{}] * (len(FILES) - len(given))]


def test_contradictions_are_counted_by_attribute_with_the_first_five_files():
    origins = {
        "folders": [{"hair_color": "pink", "eye_color": "red"}] * 8,
        "metadata.csv": [{"hair_color": "pink"}] * 2 + [{"hair_color": "red"}] * 6,
        "--labels": rows({"eye_color": "blue"}),
    }
    found = conflicts(origins, FILES)
    assert found["hair_color"].count == 6
    assert [file for file, _ in found["hair_color"].examples] == FILES[2:7]
    assert found["hair_color"].examples[0][1] == {"folders": "pink", "metadata.csv": "red"}
    assert found["eye_color"] == Conflict(1, [("0.png", {"folders": "red", "--labels": "blue"})])
    assert conflict_lines(found) == [
        "eye_color: 1 pictures with contradicting labels (0.png: folders red, --labels blue)",
        "hair_color: 6 pictures with contradicting labels (2.png: folders pink, metadata.csv red)",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"hair_color": "pink"}, {"髪色": "ピンク"}),
        ({"hair_color": "pink"}, {"发色": "Rose"}),
        ({"blush": "0.50"}, {"blush": 0.5}),
        ({"hair_color": "pink"}, {"hair_color": "unknown"}),
        ({"hair_color": ""}, {"hair_color": "pink"}),
        ({"blush": 0.5}, {"blush": float("nan")}),
        ({"hair_color": "pink"}, {"eye_color": "blue"}),
        ({"series": "Touhou Project"}, {"series": "touhou-project"}),
    ],
)
def test_two_words_for_one_value_and_unknown_ones_are_no_contradiction(first, second):
    assert conflicts({"a": rows(first), "b": rows(second)}, FILES) == {}


def test_numbers_contradict_too():
    found = conflicts({"a": rows({"blush": "0.5"}), "b": rows({"blush": 0.7})}, FILES)
    assert found["blush"].examples == [("0.png", {"a": "0.5", "b": "0.7"})]


def test_origins_need_a_row_for_each_file():
    with pytest.raises(ValueError, match="a row for each file"):
        conflicts({"a": [{}], "b": rows()}, FILES)
    assert conflicts({}, FILES) == {}
