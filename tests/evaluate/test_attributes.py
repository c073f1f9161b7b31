"""Counting what is read against what was asked for."""

import pytest
import torch

from nijigen.evaluate.attributes import Tally
from nijigen.schema import Attribute, AttributeSchema

WANTED = AttributeSchema(
    [Attribute("hair", ("pink", "blue", "green")), Attribute("mood", ("smile", "sad")), Attribute("tilt", range=(0, 1))]
)
READ = AttributeSchema(
    [Attribute("mood", ("sad", "smile")), Attribute("hair", ("blue", "pink")), Attribute("cap", ("x",))]
)


def said(attribute: str, words: list[str]) -> torch.Tensor:
    """Scores of a labeler that says these words."""
    values = READ[attribute].values
    return torch.eye(len(values))[[values.index(word) for word in words]] * 3 - 1


def tally(rows: list[dict[str, str]], hair: list[str], mood: list[str]) -> Tally:
    found = Tally(WANTED, READ)
    labels = torch.stack([torch.from_numpy(WANTED.encode(row)) for row in rows])
    for part in (slice(0, 2), slice(2, None)):
        found.add(labels[part], {"hair": said("hair", hair)[part], "mood": said("mood", mood)[part]})
    return found


def test_words_are_matched_by_name_in_whatever_order() -> None:
    rows = [{"hair": "pink"}, {"hair": "blue"}, {"hair": "blue", "mood": "sad"}, {"mood": "smile"}]
    found = tally(rows, ["pink", "pink", "blue", "blue"], ["sad", "sad", "sad", "smile"]).readings()
    assert list(found) == ["hair", "mood"]  # tilt is a number, cap was never asked for
    hair, mood = found["hair"], found["mood"]
    assert hair.values == {"pink": (1, 1), "blue": (2, 1)}
    assert (hair.right, hair.count) == (pytest.approx(2 / 3), 3)  # unknown hair is not counted
    assert hair.confusions == [("blue", "pink", 1)]
    assert (mood.right, mood.confusions) == (1.0, [])


def test_what_the_labeler_does_not_know_is_not_counted() -> None:
    found = tally([{"hair": "green"}, {"hair": "pink"}, {"hair": "pink"}], ["pink"] * 3, ["sad"] * 3).readings()
    assert (found["hair"].count, found["hair"].right) == (2, 1.0)
    assert "mood" not in found


def test_chance_is_what_a_model_deaf_to_labels_gets() -> None:
    """It draws each value as often as asked for, whatever is asked for."""
    random = torch.Generator().manual_seed(0)
    asked, drawn = (torch.rand(20_000, generator=random) < 0.8 for _ in range(2))
    labels = torch.stack([torch.from_numpy(WANTED.encode({"mood": word})) for word in ("smile", "sad")])
    found = Tally(WANTED, READ)
    scores = torch.stack([said("mood", [word])[0] for word in ("smile", "sad")])
    found.add(labels[asked.long()], {"mood": scores[drawn.long()], "hair": torch.zeros(20_000, 2)})
    mood = found.readings()["mood"]
    assert mood.chance == pytest.approx(0.8**2 + 0.2**2, abs=0.01)
    assert mood.right == pytest.approx(mood.chance, abs=0.015)


def test_frequent_confusions_come_first() -> None:
    rows = [{"hair": "pink"}] * 3 + [{"hair": "blue"}] * 2
    found = tally(rows, ["blue", "blue", "pink", "pink", "blue"], ["sad"] * 5).readings()
    assert found["hair"].confusions == [("pink", "blue", 2), ("blue", "pink", 1)]
    assert found["hair"].as_dict()["confusions"][0] == {"wanted": "pink", "read": "blue", "count": 2}
