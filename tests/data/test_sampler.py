import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.sampler import Sampler, balance_weights
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("hair_color", ("pink", "red", "blue")),
        Attribute("gender", ("girl", "boy")),
        Attribute("tilt", range=(-1, 1)),
    ]
)


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(0, 2**63 - 1), st.integers(0, 300), st.integers(0, 150))
def test_any_window_is_a_part_of_the_one_order(count, seed, start, n):
    long = Sampler(count, seed).indices(0, start + n)
    window = Sampler(count, seed).indices(start, n)
    assert window.dtype == torch.int64
    assert torch.equal(window, long[start:])


@settings(max_examples=40)
@given(st.integers(1, 80), st.integers(0, 2**40), st.integers(0, 5))
def test_every_picture_comes_once_an_epoch(count, seed, epoch):
    assert sorted(Sampler(count, seed).indices(epoch * count, count).tolist()) == list(range(count))


def test_epochs_and_seeds_have_orders_of_their_own():
    sampler = Sampler(100, 0)
    orders = {tuple(sampler.indices(100 * epoch, 100).tolist()) for epoch in range(5)}
    orders |= {tuple(Sampler(100, seed).indices(0, 100).tolist()) for seed in range(1, 5)}
    assert len(orders) == 9


def test_the_order_is_the_same_everywhere():
    assert Sampler(10, 0).indices(0, 10).tolist() == [7, 8, 2, 0, 9, 1, 4, 5, 6, 3]


def test_weights_set_how_often_a_picture_comes():
    weights = np.array([0, 1, 1, 2, 4, 0.5, 0])
    sampler = Sampler(7, 3, weights)
    expected = 7 * weights / weights.sum()
    total = np.zeros(7)
    for epoch in range(400):
        counts = np.bincount(sampler.indices(7 * epoch, 7).numpy(), minlength=7)
        assert (counts >= np.floor(expected)).all()
        assert (counts <= np.ceil(expected)).all()
        total += counts
    assert np.abs(total / 400 - expected).max() < 0.08


@pytest.mark.parametrize("weights", [[1, 1], [1, 1, -1], [0, 0, 0], [1, 1, float("nan")]])
def test_weights_that_do_not_fit_are_named(weights):
    with pytest.raises(NijigenError, match="sampler weights must be 3 numbers"):
        Sampler(3, 0, weights)
    with pytest.raises(NijigenError, match="at least one picture"):
        Sampler(0, 0)


def encode(rows):
    return np.stack([SCHEMA.encode(row) for row in rows])


def share(labels, weights, name):
    return (labels[:, SCHEMA.block(name)] * weights[:, None]).sum(0) / weights.sum()


def test_one_attribute_is_balanced_exactly():
    labels = encode([{"hair_color": "pink"}] * 80 + [{"hair_color": "red"}] * 15 + [{"hair_color": "blue"}] * 5)
    weights = balance_weights(labels, SCHEMA, ["hair_color"])
    assert weights.mean() == pytest.approx(1)
    assert share(labels, weights, "hair_color") == pytest.approx([1 / 3] * 3)


def test_two_attributes_are_balanced_at_once():
    dice = np.random.default_rng(0)
    hair = dice.choice(["pink", "red", "blue"], 2000, p=[0.7, 0.2, 0.1]).tolist()
    gender = dice.choice(["girl", "boy"], 2000, p=[0.8, 0.2]).tolist()
    rows = [{"hair_color": h, "gender": g} for h, g in zip(hair, gender, strict=True)]
    labels = encode(rows)
    weights = balance_weights(labels, SCHEMA, ["发色", "gender"])
    assert share(labels, weights, "hair_color") == pytest.approx([1 / 3] * 3, abs=0.01)
    assert share(labels, weights, "gender") == pytest.approx([0.5, 0.5], abs=0.01)


def test_pictures_that_do_not_say_keep_their_share():
    labels = encode([{}] * 50 + [{"gender": "girl"}] * 40 + [{"gender": "boy"}] * 10)
    weights = balance_weights(labels, SCHEMA, ["gender"])
    assert weights[:50].sum() == pytest.approx(50)
    assert share(labels, weights, "gender") == pytest.approx([0.25, 0.25])


def test_numbers_are_balanced_over_their_range():
    labels = encode([{"tilt": -0.95}] * 90 + [{"tilt": 0.95}] * 10 + [{"tilt": 1.0}] * 10)
    weights = balance_weights(labels, SCHEMA, ["tilt"])
    assert weights[:90].sum() == pytest.approx(weights[90:].sum())


def test_a_single_rare_picture_is_not_learned_by_heart():
    labels = encode([{"gender": "girl"}] * 9999 + [{"gender": "boy"}])
    weights = balance_weights(labels, SCHEMA, ["gender"], limit=20)
    assert weights.max() <= 20 * weights.mean() * 1.01


def test_nothing_to_balance_is_even_and_a_wrong_name_is_named():
    labels = encode([{"gender": "girl"}, {}])
    assert balance_weights(labels, SCHEMA, []).tolist() == [1, 1]
    with pytest.raises(NijigenError, match="did you mean gender"):
        balance_weights(labels, SCHEMA, ["gendr"])
