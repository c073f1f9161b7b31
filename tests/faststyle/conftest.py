"""A painter with fresh weights, as a model in a folder, and the VGG19 it needs."""

from pathlib import Path

import pytest
import torch

from nijigen.engine.painters import OpenedPainter, open_painter
from nijigen.features.seeing import open_seer
from nijigen.models.contract import Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema

LAYERS = ["conv1_2", "conv2_1"]
OPTIONS = {"width": 4, "attention_width": 8, "layers": LAYERS, "self_attention": True, "both_ways": True, "keys": 256}


@pytest.fixture
def model(full_vgg: Path, tmp_path: Path) -> Path:
    """The folder of a painter that learned nothing yet; its decoder makes something of everything all the same."""
    torch.manual_seed(1)
    family = find_family("adaattn")
    options = family.options.model_validate(OPTIONS)
    painter = family.build(Shape(16, 3, 0), options)["generator"]
    seen = {"layers": LAYERS, "sha256": open_seer(LAYERS, torch.device("cpu")).digest}
    card = make_card(Shape(16, 3, 0), "adaattn", options.model_dump(mode="json"), AttributeSchema(), vgg19=seen)
    folder = tmp_path / "brush"
    save_model(folder, painter, {**card, "name": "brush", "kind": "painter"}, torch.zeros(1, 0))
    return folder


@pytest.fixture
def painter(model: Path) -> OpenedPainter:
    """That painter, opened."""
    return open_painter(model, torch.device("cpu"))
