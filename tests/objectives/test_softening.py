"""Instance noise adds what it says; class weights make rare values count as much as common ones."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nijigen.data.sampler import balance_weights
from nijigen.objectives.softening import class_weights, instance_noise
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("gender", ("girl", "boy")),
        Attribute("hair_color", ("pink", "red", "blue")),
        Attribute("tilt", range=(-1.0, 1.0)),
    ]
)
GENDER, HAIR, TILT = (SCHEMA.block(name) for name in SCHEMA.names)


def rows(*groups: tuple[int, dict[str, str | float]]) -> Tensor:
    return torch.stack([torch.from_numpy(SCHEMA.encode(words)) for count, words in groups for _ in range(count)])


def row(**words: str | float) -> Tensor:
    return rows((1, words))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Instance noise


def test_noise_has_the_strength_and_follows_the_seed() -> None:
    pictures = torch.rand(8, 4, 32, 32, generator=seeded(1)) * 2 - 1
    noisy = instance_noise(pictures, 0.3, seeded())
    added = noisy - pictures
    assert added.std().item() == pytest.approx(0.3, rel=0.02)
    assert added.mean().item() == pytest.approx(0, abs=0.01)
    # Every pixel of every channel of every picture has its own.
    assert added.flatten().unique().numel() > 0.99 * added.numel()
    assert torch.equal(noisy, instance_noise(pictures, 0.3, seeded()))
    assert not torch.equal(noisy, instance_noise(pictures, 0.3, seeded(2)))


def test_noise_is_linear_in_its_strength_and_passes_gradients_on() -> None:
    pictures = torch.rand(2, 3, 4, 4, dtype=torch.double, generator=seeded(1)).requires_grad_()
    weak, strong = (instance_noise(pictures, strength, seeded()) for strength in (0.1, 0.4))
    assert torch.allclose((strong - pictures) / 4, weak - pictures)
    weak.sum().backward()
    assert (pictures.grad == 1).all()


def test_noise_is_the_same_for_every_layout() -> None:
    pictures = torch.rand(2, 4, 8, 8, generator=seeded(1))
    noisy = instance_noise(pictures, 0.2, seeded())
    assert torch.equal(instance_noise(pictures.contiguous(memory_format=torch.channels_last), 0.2, seeded()), noisy)


def test_no_noise_draws_nothing() -> None:
    pictures, random = torch.rand(2, 3, 4, 4), seeded()
    before = random.get_state()
    assert instance_noise(pictures, 0.0, random) is pictures
    assert torch.equal(random.get_state(), before)


@pytest.mark.parametrize("strength", [-0.1, float("nan")])
def test_a_negative_strength_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        instance_noise(torch.zeros(1, 3, 2, 2), strength, seeded())


# Class weights


def test_one_attribute_is_its_inverse_frequency() -> None:
    labels = rows((80, {"hair_color": "pink"}), (15, {"hair_color": "red"}), (5, {"hair_color": "blue"}))
    weigh = class_weights(labels, [HAIR])
    found = [weigh(row(hair_color=color)).item() for color in ("pink", "red", "blue")]
    assert found == pytest.approx([100 / (3 * 80), 100 / (3 * 15), 100 / (3 * 5)])
    assert weigh(labels).mean().item() == pytest.approx(1)
    assert (labels[:, HAIR] * weigh(labels)[:, None]).sum(0).tolist() == pytest.approx([100 / 3] * 3)


def test_one_attribute_weighs_as_the_balanced_order_draws() -> None:
    """The sampler and the weights mean the same by balance."""
    labels = rows((30, {"gender": "girl"}), (20, {"gender": "boy"}), (10, {}))
    ordered = balance_weights(labels, SCHEMA, ["gender"])
    assert class_weights(labels, [GENDER])(labels).tolist() == pytest.approx(ordered.tolist())


def test_two_independent_attributes_come_out_even() -> None:
    counts = {("girl", "pink"): 24, ("girl", "red"): 12, ("boy", "pink"): 8, ("boy", "red"): 4}
    labels = rows(*((count, {"gender": g, "hair_color": h}) for (g, h), count in counts.items()))
    weights = class_weights(labels, [GENDER, HAIR])(labels)
    assert (labels[:, GENDER] * weights[:, None]).sum(0).tolist() == pytest.approx([24, 24])
    assert (labels[:, HAIR] * weights[:, None]).sum(0).tolist() == pytest.approx([24, 24, 0])
    one = class_weights(labels, [GENDER, HAIR])
    wanted = (48 / (2 * 12)) * (48 / (2 * 16))  # boys, and red hair
    assert one(row(gender="boy", hair_color="red")).item() == pytest.approx(wanted)


def test_an_unknown_attribute_is_a_factor_of_one() -> None:
    labels = rows((50, {}), (40, {"gender": "girl"}), (10, {"gender": "boy"}))
    weights = class_weights(labels, [GENDER])(labels)
    assert weights[:50].tolist() == pytest.approx([1] * 50)
    assert weights[50:90].sum().item() == pytest.approx(25)
    assert weights[90:].sum().item() == pytest.approx(25)


def test_only_the_named_attributes_count() -> None:
    labels = rows((9, {"gender": "girl", "hair_color": "red"}), (1, {"gender": "boy", "hair_color": "pink"}))
    weigh = class_weights(labels, [HAIR])
    assert torch.equal(weigh(row(hair_color="red")), weigh(row(hair_color="red", gender="boy", tilt=0.4)))
    assert (class_weights(labels, [])(labels) == 1).all()


def test_a_value_that_never_occurs_weighs_as_an_unknown_one() -> None:
    labels = rows((3, {"hair_color": "pink"}), (1, {"hair_color": "red"}))
    weigh = class_weights(labels, [HAIR])
    assert weigh(row(hair_color="blue")).item() == pytest.approx(weigh(row()).item())
    assert weigh(row(hair_color="red")).item() == pytest.approx(4 / (2 * 1))


def test_a_number_weighs_between_its_ends() -> None:
    labels = rows((30, {"tilt": -1.0}), (10, {"tilt": 1.0}))
    weigh = class_weights(labels, [TILT])
    low, high = 40 / (2 * 30), 40 / (2 * 10)
    assert weigh(row(tilt=-1.0)).item() == pytest.approx(low)
    assert weigh(row(tilt=1.0)).item() == pytest.approx(high)
    assert weigh(row(tilt=0.0)).item() == pytest.approx(math.sqrt(low * high))


def test_a_single_rare_picture_does_not_rule() -> None:
    labels = rows((9999, {"gender": "girl"}), (1, {"gender": "boy"}))
    weigh = class_weights(labels, [GENDER])
    assert weigh(row(gender="boy")).item() == pytest.approx(10)
    # What the limit takes goes to the others.
    assert weigh(row(gender="girl")).item() == pytest.approx((10_000 - 10) / 9999)
    assert class_weights(labels, [GENDER], limit=20)(row(gender="boy")).item() == pytest.approx(20)


def test_labels_keep_their_type_and_any_row_has_a_weight() -> None:
    labels = rows((3, {"gender": "girl"}), (1, {"gender": "boy"}))
    weigh = class_weights(labels, [GENDER])
    assert weigh(labels).dtype == torch.float32
    assert weigh(labels.double()).dtype == torch.float64
    assert weigh(labels[:0]).shape == (0,)
    assert class_weights(labels[:0], [GENDER])(labels).tolist() == [1] * 4


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(0, 2**31), st.floats(1.5, 30), st.booleans())
def test_the_mean_is_one_within_the_limits(count: int, seed: int, limit: float, skewed: bool) -> None:
    dice = np.random.default_rng(seed)
    groups = []
    for _ in range(count):
        words: dict[str, str | float] = {}
        if dice.random() < 0.8:
            words["gender"] = "boy" if dice.random() < (0.02 if skewed else 0.5) else "girl"
        if dice.random() < 0.8:
            words["hair_color"] = str(dice.choice(["pink", "red", "blue"], p=[0.9, 0.08, 0.02]))
        if dice.random() < 0.8:
            words["tilt"] = float(dice.uniform(-1, 1))
        groups.append((1, words))
    labels = rows(*groups).double()
    weights = class_weights(labels, [GENDER, HAIR, TILT], limit)(labels)
    assert weights.mean().item() == pytest.approx(1, abs=1e-5)
    assert weights.max() <= limit
    assert weights.min() >= 1 / limit


def test_what_does_not_fit_is_refused() -> None:
    labels = rows((2, {"gender": "girl"}))
    for limit in (1.0, 0.5, math.inf, math.nan):
        with pytest.raises(ValueError, match="above 1 and finite"):
            class_weights(labels, [GENDER], limit)
    for wrong in (slice(5, 9), slice(3, 3), slice(-2, 2)):
        with pytest.raises(ValueError, match="must be rows that hold the blocks"):
            class_weights(labels, [wrong])
    with pytest.raises(ValueError, match="must be rows"):
        class_weights(labels[0], [GENDER])
