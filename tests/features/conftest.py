"""Small labelers and ONNX networks for the tests of features."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.features.labeler_network import Labeler
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("type", ("left", "right")),
        Attribute("shade", ("red", "green", "blue")),
        Attribute("lean", range=(0, 1)),
    ]
)


@pytest.fixture(scope="session")
def schema() -> AttributeSchema:
    """Two words and a number; "type" is a name that modules of torch have themselves."""
    return SCHEMA


@pytest.fixture
def untaught(schema: AttributeSchema) -> Labeler:
    """A labeler with random weights, in evaluation mode."""
    torch.manual_seed(3)
    return Labeler(schema).eval()


@pytest.fixture(scope="session")
def squares(schema: AttributeSchema) -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    """``squares(count, seed)``: a coloured square above or below the middle, and what it shows.

    Above and below, so that mirroring does not change the answer.
    """

    def make(count: int, seed: int = 0, size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
        random = np.random.default_rng(seed)
        pictures = random.integers(90, 130, (count, 3, size, size), np.uint8)
        labels = np.zeros((count, schema.width), np.float32)
        side = size // 3
        for row in range(count):
            low, shade, lean = random.integers(2), random.integers(3), random.random()
            top, left = (size // 2 + 2 if low else size // 8), random.integers(size // 4, size // 2)
            pictures[row, :, top : top + side, left : left + side] = 20
            pictures[row, shade, top : top + side, left : left + side] = 235
            labels[row] = schema.encode({"type": ("left", "right")[low], "shade": SCHEMA["shade"].values[shade]})
            labels[row, schema.block("lean")] = 1 - lean, lean
        return torch.from_numpy(pictures), torch.from_numpy(labels)

    return make


@pytest.fixture
def onnx_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes an ONNX network whose features are the mean red, green and blue of a picture."""
    helper = pytest.importorskip("onnx", reason="onnx is not installed: the extra [dev]").helper
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [onnx]")
    from onnx import TensorProto, numpy_helper, save

    def write(
        shape: tuple[Any, ...] = ("n", 3, "h", "w"), *, images: str = "images", features: str = "features",
        floats: bool = False, keep: bool = False, divide: bool = False, over: tuple[int, ...] | None = None,
    ) -> Path:  # fmt: skip
        axes = over or ((2, 3) if shape[1] in (3, "c") else (1, 2))
        kind = TensorProto.FLOAT if floats else TensorProto.UINT8
        nodes = [
            helper.make_node("Cast", [images], ["real"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["real", "axes"], ["mean"], keepdims=int(keep)),
            # Divided by nothing, a mean is no number.
            helper.make_node("Div", ["mean", "nothing" if divide else "one"], [features]),
        ]
        constants = {"axes": np.array(axes), "one": np.array(1, np.float32), "nothing": np.array(0, np.float32)}
        graph = helper.make_graph(
            nodes,
            "means",
            [helper.make_tensor_value_info(images, kind, shape)],
            [helper.make_tensor_value_info(features, TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        path = tmp_path / "means.onnx"
        save(model, str(path))
        return path

    return write


@pytest.fixture
def refused() -> Callable[..., Any]:
    """``with refused("word", …)``: a mistake told in one line that holds these words."""
    from nijigen.errors import NijigenError

    @contextlib.contextmanager
    def check(*words: str) -> Any:
        with pytest.raises(NijigenError) as caught:
            yield
        line = str(caught.value)
        assert "\n" not in line
        for word in words:
            assert word in line, line

    return check
