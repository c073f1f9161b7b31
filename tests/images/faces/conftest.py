"""Networks that find what is bright, the cascades, and real pictures."""

import importlib.util
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.images.faces.detector import FaceDetector, open_detector


@pytest.fixture(autouse=True)
def _fresh_detectors(monkeypatch):
    """No test uses what another one has opened, and none downloads."""
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    open_detector.cache_clear()
    yield
    open_detector.cache_clear()


@pytest.fixture
def with_opencv() -> None:
    if importlib.util.find_spec("cv2") is None:
        pytest.skip("opencv is not installed: the extra [detect]")


@pytest.fixture
def anime(with_opencv, shared_data, monkeypatch) -> FaceDetector:
    folder = shared_data.parent / "weights"
    if not (folder / "lbpcascade_animeface.xml").is_file():
        pytest.skip("no anime cascade: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    return open_detector("anime")


@pytest.fixture
def photo(with_opencv) -> FaceDetector:
    return open_detector("photo")


@pytest.fixture
def real(shared_data) -> Callable[[str, int], list[Image.Image]]:
    """``real(zip, count)``: pictures of a set, the same ones every time."""

    def read(name: str, count: int) -> list[Image.Image]:
        with zipfile.ZipFile(shared_data / name) as file:
            names = sorted(member for member in file.namelist() if member.endswith(".jpg"))
            chosen = random.Random(0).sample(names, count)
            return [Image.open(io.BytesIO(file.read(member))).convert("RGB") for member in chosen]

    return read


@pytest.fixture
def network(tmp_path) -> Callable[..., Path]:
    """Writes an ONNX detector whose one face is all that is brighter than 200 of 255."""
    helper = pytest.importorskip("onnx", reason="onnx is not installed: the extra [dev]").helper
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [onnx]")
    from onnx import TensorProto, numpy_helper

    def write(
        height: int | str = "h", width: int | str = "w", floats: bool = False, score: float = 0.9, eyes: bool = False,
        name: str = "bright.onnx", images: str = "images", boxes: str = "boxes", channels: int = 3,
    ) -> Path:  # fmt: skip
        kind = TensorProto.FLOAT if floats else TensorProto.UINT8
        constants = {
            "limit": np.array(200 / 255 if floats else 200, np.float32),
            "rows": np.array(2),
            "columns": np.array(3),
            "one": np.array([1], np.float32),
            "shape": np.array([1, 4]),
            "flat": np.array([0]),
            "score": np.array([score], np.float32),
        }
        nodes = [
            helper.make_node("Cast", [images], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMin", ["pixels"], ["darkest"], axes=[1], keepdims=1),
            helper.make_node("Greater", ["darkest", "limit"], ["bright"]),
            helper.make_node("NonZero", ["bright"], ["where"]),
            helper.make_node("Cast", ["where"], ["places"], to=TensorProto.FLOAT),
            helper.make_node("Gather", ["places", "columns"], ["x"]),
            helper.make_node("Gather", ["places", "rows"], ["y"]),
            *(
                helper.make_node(f"Reduce{how}", [axis], [axis + how], keepdims=1)
                for axis in "xy"
                for how in ("Min", "Max")
            ),
            helper.make_node("Add", ["xMax", "one"], ["right"]),
            helper.make_node("Add", ["yMax", "one"], ["bottom"]),
            helper.make_node("Concat", ["xMin", "yMin", "right", "bottom"], ["corners"], axis=0),
            helper.make_node("Reshape", ["corners", "shape"], [boxes]),
            helper.make_node("Identity", ["score"], ["scores"]),
        ]
        outputs = [
            helper.make_tensor_value_info(boxes, TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n"]),
        ]
        if eyes:  # the corners of the box: a line that falls by 45 degrees in a square
            nodes.append(helper.make_node("Identity", [boxes], ["eyes"]))
            outputs.append(helper.make_tensor_value_info("eyes", TensorProto.FLOAT, ["n", 4]))
        graph = helper.make_graph(
            nodes,
            "bright",
            [helper.make_tensor_value_info(images, kind, [1, channels, height, width])],
            outputs,
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        (tmp_path / name).write_bytes(model.SerializeToString())
        return tmp_path / name

    return write


@pytest.fixture
def spot() -> Callable[..., Image.Image]:
    """``spot(size, box)``: a dark picture with one white rectangle."""

    def paint(size: tuple[int, int], box: tuple[int, int, int, int], mode: str = "RGB") -> Image.Image:
        image = Image.new(mode, size, (20, 30, 40, 255)[: len(mode)])
        image.paste((255,) * len(mode), box)
        return image

    return paint
