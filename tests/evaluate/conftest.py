"""What the tests of evaluation share: a small network that looks at pictures, and models to judge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.evaluate.looking import Looker


def write_pooling(path: Path, side: int = 4) -> Path:
    """An ONNX whose features are the colours of a picture averaged over squares of ``side`` pixels."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["images"], ["values"], to=kinds.FLOAT),
            helper.make_node("AveragePool", ["values"], ["pooled"], kernel_shape=[side, side], strides=[side, side]),
            helper.make_node("Flatten", ["pooled"], ["flat"]),
            helper.make_node("Mul", ["flat", "scale"], ["features"]),
        ],
        "pooling",
        [helper.make_tensor_value_info("images", kinds.UINT8, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("features", kinds.FLOAT, ["n", "width"])],
        [helper.make_tensor("scale", kinds.FLOAT, [], [1 / 64])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))
    return path


@pytest.fixture(scope="session")
def pooling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an extractor of 48 features for pictures of 16 px."""
    pytest.importorskip("onnxruntime")
    return write_pooling(tmp_path_factory.mktemp("networks") / "pooling.onnx")


class Squares:
    """The same in torch, for tests that need no file."""

    name, digest, width, resizer = "squares", "5" * 64, 48, "none"

    def __call__(self, pictures: Tensor) -> Tensor:
        return torch.nn.functional.avg_pool2d(pictures.float(), pictures.shape[-1] // 4).flatten(1) / 64


@pytest.fixture
def looker() -> Looker:
    """An extractor without a labeler."""
    return Looker(Squares())


@pytest.fixture(scope="session")
def style_run(
    tmp_path_factory: pytest.TempPathFactory, tiny_recipe: Callable[..., Any], tiny_train: Callable[..., Any]
) -> Path:
    """A finished run of a family that has a ``w``."""
    from nijigen.training.recipe import Recipe, load_recipe

    recipe = tiny_recipe(images=32)
    table = recipe.model_dump(mode="json") | {
        "family": "stylegan2",
        "network": {"latent": 8, "latent_width": 8, "embedding": 4, "channel_base": 64, "max_width": 8},
    }
    folder = tmp_path_factory.mktemp("runs") / "style-run"
    tiny_train(load_recipe(Recipe.model_validate(table)), folder)
    return folder
