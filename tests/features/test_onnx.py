"""Any network in ONNX as an extractor."""

import pytest
import torch

from nijigen.features.extractor import open_extractor
from nijigen.features.onnx import OnnxExtractor
from nijigen.files import sha256_file


def pictures(count: int = 5, height: int = 24, width: int = 24) -> torch.Tensor:
    return torch.randint(
        0, 256, (count, 3, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )


@pytest.mark.parametrize(
    "shape", [("n", 3, "h", "w"), ("n", "c", "h", "w"), ("n", "h", "w", 3), ("n", 3, 24, 24), ("n", 24, 24, 3)]
)  # fmt: skip
def test_features_of_every_order_of_axes(onnx_file, shape):
    path = onnx_file(shape)
    extractor = open_extractor(str(path), threads=1)
    given = pictures()
    assert (extractor.name, extractor.width, extractor.digest) == ("means.onnx", 3, sha256_file(path))
    rows = extractor(given)
    assert rows.dtype == torch.float32
    assert torch.allclose(rows, given.float().mean(dim=(2, 3)), atol=1e-3)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_network_for_a_fixed_number_of_pictures(onnx_file, batch):
    extractor = OnnxExtractor(onnx_file((batch, 3, "h", "w")))
    given = pictures(7)
    assert torch.allclose(extractor(given), given.float().mean(dim=(2, 3)), atol=1e-3)


def test_pictures_are_resized_for_a_network_of_a_fixed_size(onnx_file):
    free, fixed = OnnxExtractor(onnx_file()), OnnxExtractor(onnx_file(("n", 3, 8, 12)))
    assert free.resizer == "none"
    assert "12x8" in fixed.resizer
    assert "bicubic" in fixed.resizer
    even = torch.full((1, 3, 40, 40), 77, dtype=torch.uint8)
    assert torch.equal(fixed(even), torch.full((1, 3), 77.0))
    halves = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    halves[..., 32:] = 200
    assert torch.allclose(fixed(halves), torch.full((1, 3), 100.0), atol=1)


def test_no_pictures_are_no_rows(onnx_file):
    assert OnnxExtractor(onnx_file())(pictures(0)).shape == (0, 3)


def test_dimensions_of_one_place_are_dropped(onnx_file):
    given = pictures()
    assert torch.allclose(OnnxExtractor(onnx_file(keep=True))(given), given.float().mean(dim=(2, 3)), atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": "input"}, ("input input", "expected a uint8 input images")),
        ({"features": "output"}, ("outputs output", "features [n, width]")),
        ({"floats": True}, ("tensor(float)", "expected a uint8 input images")),
        ({"shape": ("n", 4, "h", "w"), "over": (2, 3)}, ("expected a uint8 input images",)),
        ({"shape": ("n", 3, "h"), "over": (2,)}, ("expected a uint8 input images",)),
        ({"shape": ("n", 3, 9000, 9000)}, ("9000x9000", "4096")),
        ({"over": (0, 1, 2, 3)}, ("gave []", "features [n, width]")),
        ({"over": (3,)}, ("gave [1, 3, 64]", "features [n, width]")),
        ({"divide": True}, ("no numbers",)),
    ],
)
def test_what_does_not_fit_is_one_line(onnx_file, refused, changes, words):
    path = onnx_file(**changes)
    with refused("means.onnx", *words):
        OnnxExtractor(path)(pictures(1) + 1)


def test_a_broken_file_is_one_line(onnx_file, refused, tmp_path):
    path = onnx_file()
    path.write_bytes(path.read_bytes()[:100])
    with refused("means.onnx", "damaged or no ONNX"):
        OnnxExtractor(path)
    with refused("nothing.onnx", "not there"):
        open_extractor(str(tmp_path / "nothing.onnx"))


def test_pictures_too_many_for_one_go_change_nothing(onnx_file):
    given = pictures(80, 4, 4)
    assert torch.allclose(OnnxExtractor(onnx_file())(given), given.float().mean(dim=(2, 3)), atol=1e-3)


def test_real_weights(shared_data):
    path = shared_data.parent / "weights" / "mobilenetv2-imagenet-features.onnx"
    if not path.is_file():
        pytest.skip("no weights: weights/ is not beside the checkout")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [onnx]")
    extractor = open_extractor(str(path), threads=1)
    given = pictures(3, 40, 40)
    rows = extractor(given)
    assert rows.shape == (3, 1280)
    assert torch.equal(rows, extractor(given))
    assert torch.allclose(rows[1:2], extractor(given[1:2]), atol=1e-4)
    assert (rows[0] - rows[1]).abs().max() > 0.05
