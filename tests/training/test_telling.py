"""Where words tell: against the formula, word by word, in float64."""

from pathlib import Path

import pytest
import torch

from nijigen.data import Dataset, prepare
from nijigen.data.resident import Resident
from nijigen.objectives.likeness import pyramid_distance
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training import telling
from nijigen.training.phases import Phase
from nijigen.training.recipe import load_recipe
from nijigen.training.schedule import moment
from nijigen.training.streams import Stream
from nijigen.training.telling import telling_places

SCHEMA = AttributeSchema(
    [
        Attribute("mouth", ("smile", "pout", "frown")),
        Attribute("hair", ("red", "green", "blue", "black")),
        Attribute("gender", ("girl", "boy")),
        Attribute("height", range=(0.0, 1.0)),
    ]
)
SIDE, COUNT = 8, 300


def pictures() -> Resident:
    """Noise, in which the mouth's word shows in one pixel and that of hair in a quarter; some words are not known."""
    random = torch.Generator().manual_seed(0)
    images = torch.randint(100, 156, (COUNT, 3, SIDE, SIDE), generator=random, dtype=torch.uint8)
    rows = []
    for number in range(COUNT):
        mouth, hair = (int(torch.randint(len(SCHEMA[name].values), (), generator=random)) for name in ("mouth", "hair"))
        images[number, :, 6, 4] = 120 * mouth
        images[number, :, :4, :4] = 80 * hair
        words = {"mouth": SCHEMA["mouth"].values[mouth], "hair": SCHEMA["hair"].values[hair], "gender": "girl"}
        rows.append(torch.from_numpy(SCHEMA.encode(words if number % 5 else {"hair": words["hair"]})))
    return Resident(images, torch.stack(rows), SCHEMA)


def expected(resident: Resident, rows: list[int]) -> torch.Tensor:
    images = (resident.images[rows].double() / 127.5 - 1).reshape(len(rows), 3, -1)
    labels, maps = resident.labels[rows], []
    for name in ("mouth", "hair"):
        columns = labels[:, SCHEMA.block(name)]
        known = columns.sum(dim=1) > 0
        middle = images[known].mean(dim=0)
        between = torch.zeros_like(middle)
        for word in range(columns.shape[1]):
            of_word = images[columns[:, word] > 0]
            between += (of_word.mean(dim=0) - middle).square() * len(of_word) / known.sum()
        chance = (images.square().mean(dim=0) - middle.square()) * (columns.shape[1] - 1) / known.sum()
        places = (between - chance).clamp(min=0).sum(dim=0)
        maps.append(places / places.mean())
    return torch.stack(maps).mean(dim=0).reshape(1, 1, SIDE, SIDE)


def test_places_are_weighed_by_the_variance_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 64)
    resident, rows = pictures(), list(range(10, COUNT))
    found = telling_places(resident, resident.labels[rows], torch.tensor(rows), SCHEMA)
    assert found is not None
    torch.testing.assert_close(found, expected(resident, rows).float(), rtol=1e-3, atol=1e-3)
    assert found.mean().item() == pytest.approx(1, abs=1e-5)


def test_one_pixel_of_a_mouth_weighs_as_much_as_all_hair() -> None:
    resident = pictures()
    found = telling_places(resident, resident.labels, torch.arange(COUNT), SCHEMA)
    assert found is not None
    mouth, hair = found[0, 0, 6, 4], found[0, 0, :4, :4].sum()
    assert mouth.item() == pytest.approx(hair.item(), rel=0.05)
    assert (mouth + hair).item() > 0.97 * SIDE**2


def test_no_more_pictures_are_looked_at_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PICTURES", 100)
    resident = pictures()
    found = telling_places(resident, resident.labels, torch.arange(COUNT), SCHEMA)
    assert found is not None
    torch.testing.assert_close(found, expected(resident, list(range(100))).float(), rtol=1e-3, atol=1e-3)


def test_without_words_no_place_says_anything() -> None:
    resident = pictures()
    nothing = torch.zeros_like(resident.labels)
    assert telling_places(resident, nothing, torch.arange(COUNT), SCHEMA) is None
    empty = AttributeSchema()
    assert telling_places(resident, torch.zeros(COUNT, 0), torch.arange(COUNT), empty) is None


def test_places_weigh_the_distance_at_all_sizes() -> None:
    random = torch.Generator().manual_seed(0)
    made, wanted = (torch.rand(2, 3, 16, 16, generator=random, dtype=torch.float64) for _ in range(2))
    ones = torch.ones(1, 1, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(pyramid_distance(made, wanted, places=ones), pyramid_distance(made, wanted))
    torch.testing.assert_close(
        pyramid_distance(made, wanted, 0.5, 0.5, places=3 * ones), 3 * pyramid_distance(made, wanted, 0.5, 0.5)
    )
    one = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
    one[..., 5, 7] = 256
    full = (made - wanted)[..., 5, 7].abs().mean(dim=1)
    halved = pyramid_distance(made, wanted, places=one) - full
    assert torch.all(halved > 0), "the place is seen at 8 px too"
    assert torch.all(pyramid_distance(made, wanted, places=one) < full + 2)


def test_a_lesson_is_told_where_words_tell(tmp_path: Path) -> None:
    """From drawings to the batch: hair weighs less than what it shows in, and a recipe without words has no weights."""
    out = tmp_path / "data"
    prepare("chibi:60", out, size=16, channels=4, workers=1, quiet=True)
    keys = ["resolution=16", "channels=4", "pictures.flip=false", "pictures.held_out=0", "lesson.weight=10"]
    phase = Phase("generator", ("generator",), {"images": True}, 1, lambda networks, turn: (torch.zeros(()), {}))
    with_words, without, unasked = (
        Stream(Dataset.open(out), recipe, torch.device("cpu")).draw(phase, True, moment(recipe, 0), 0, 8).places
        for recipe in (
            load_recipe("stylegan2-laptop-32", [*keys, *more])
            for more in (["lesson.words=0.5"], ["lesson.words=0"], ["lesson.words=0.5", "lesson.weight=0"])
        )
    )
    assert without is None
    assert unasked is None, "no lesson, nothing to be counted"
    assert with_words is not None
    assert with_words.shape == (1, 1, 16, 16)
    corner, face = with_words[0, 0, :2, :2].mean(), with_words[0, 0, 6:12, 5:11].mean()
    assert face > 5 * corner
