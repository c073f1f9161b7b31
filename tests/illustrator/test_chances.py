"""A drawing's chances: complete, in order, normal."""

import numpy as np
import pytest

from nijigen.illustrator import compose
from nijigen.illustrator.chances import chance_names, chances
from nijigen.illustrator.traits import Traits


def names_asked(monkeypatch: pytest.MonkeyPatch, transparent: bool, count: int) -> set[str]:
    """The traits that drawings ask for, beside attributes."""
    seen: set[str] = set()
    unit = Traits.unit

    def note(self: Traits, name: str) -> float:
        seen.add(name)
        return unit(self, name)

    with monkeypatch.context() as patch:
        patch.setattr(Traits, "unit", note)
        for seed in range(count):
            compose(seed).svg(64 if seed % 2 else 256, transparent)
    return {name for name in seen if not name.startswith("attribute/")}


@pytest.mark.parametrize("channels", [4, pytest.param(3, marks=pytest.mark.slow)])
def test_every_trait_of_a_drawing_has_a_place_and_every_place_a_trait(
    monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    assert names_asked(monkeypatch, channels == 4, 1500) == set(chance_names(channels))


def test_names_are_in_a_fixed_order_without_repetition() -> None:
    names = chance_names(3)
    assert len(set(names)) == len(names)
    assert names[: len(chance_names(4))] == chance_names(4)
    assert names[0] == "accessory_colour"


def test_chances_are_the_units_of_the_drawing_on_the_normal_scale() -> None:
    place = chance_names().index("fringe")
    units = np.array([Traits(seed).unit("fringe") for seed in range(500)])
    found = np.array([chances(seed)[place] for seed in range(500)])
    assert (np.argsort(units) == np.argsort(found)).all()
    assert (found[units < 0.5] < 0).all()
    assert np.array_equal(chances(3), chances(3))
    assert not np.array_equal(chances(3), chances(4))


def test_chances_are_normally_distributed() -> None:
    rows = np.stack([chances(seed, 3) for seed in range(600)]).astype(np.float64)
    assert rows.mean() == pytest.approx(0, abs=0.01)
    assert rows.std() == pytest.approx(1, abs=0.01)
    assert (np.abs(rows.mean(axis=0)) < 0.2).all()


def test_a_held_chance_takes_the_place_of_the_seeds_own() -> None:
    own, other = chances(7), chances(7, held={"scheme": 0.5})
    place = chance_names().index("scheme")
    assert other[place] == pytest.approx(0)
    assert own[place] != other[place]
    assert (np.delete(own, place) == np.delete(other, place)).all()
