"""The networks of a run: the family's, and a classifier where labels and the recipe ask for one."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.models.classifier import Classifier
from nijigen.training.networks import fresh_networks


def test_a_classifier_only_where_there_are_labels(tiny_recipe: Callable[..., Any]) -> None:
    asked = tiny_recipe(conditioning={"classifier": 0.5, "classifier_width": 6})
    assert set(fresh_networks(asked, [])) == {"generator", "discriminator"}
    assert set(fresh_networks(tiny_recipe(), [3, 2])) == {"generator", "discriminator"}
    reader = fresh_networks(asked, [3, 2])["classifier"]
    assert isinstance(reader, Classifier)
    assert reader.blocks == (3, 2)
    assert reader.body[0].out_channels == 6


def test_a_classifier_leaves_the_other_networks_as_they_are(tiny_recipe: Callable[..., Any]) -> None:
    plain, asked = (fresh_networks(tiny_recipe(conditioning={"classifier": c}), [3, 2]) for c in (0.0, 1.0))
    for name, network in plain.items():
        others = asked[name].state_dict()
        assert all(torch.equal(value, others[key]) for key, value in network.state_dict().items())


def test_weights_are_the_seeds(tiny_recipe: Callable[..., Any]) -> None:
    first, again, other = (fresh_networks(tiny_recipe(seed=s), [3])["generator"].state_dict() for s in (1, 1, 2))
    assert all(torch.equal(value, again[key]) for key, value in first.items())
    assert any(not torch.equal(value, other[key]) for key, value in first.items())


def test_what_a_family_cannot_build_is_refused(tiny_recipe: Callable[..., Any]) -> None:
    with pytest.raises(NijigenError, match="resolution"):
        fresh_networks(tiny_recipe().model_copy(update={"resolution": 20}), [3])
