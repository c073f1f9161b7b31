"""The plug-in: networks of one's own."""

import sys

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces.detector import open_detector
from nijigen.images.faces.finder import FaceFinder


@pytest.mark.parametrize(
    ("height", "width"), [("h", "w"), (64, 64), (96, 160), (320, 256), ("h", 128), (128, "w")]
)  # fmt: skip
@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("size", [(200, 100), (100, 200), (640, 480), (50, 60)])
def test_boxes_come_back_in_pixels_of_the_picture(network, spot, height, width, floats, size):
    detector = open_detector(str(network(height, width, floats)), 5)
    box = tuple(round(share * size[axis % 2]) for axis, share in enumerate((0.3, 0.4, 0.7, 0.8)))
    [face] = detector.find(spot(size, box))
    # A pixel of the network's input is so many of the picture's.
    sides = zip(size, (width, height), strict=True)
    coarse = max([1.0, *(side / given for side, given in sides if isinstance(given, int))])
    assert face.box == pytest.approx(box, abs=1.5 * coarse + 0.5)
    assert face.score == pytest.approx(0.9)


def test_a_large_picture_is_shrunk_for_a_network_of_any_size(network, spot):
    [face] = open_detector(str(network())).find(spot((4000, 1500), (1000, 500, 1800, 1300)))
    assert face.box == pytest.approx((1000, 500, 1800, 1300), abs=8)


def test_eyes_tell_the_lean_and_the_crop_is_turned(network, spot):
    finder = FaceFinder(str(network(eyes=True)), margin=0)
    image = spot((300, 300), (100, 100, 160, 160))
    [face] = finder.find(image)
    assert face.angle == pytest.approx(45)
    assert face.eyes is not None
    assert face.eyes[1] == pytest.approx((160, 160), abs=2)
    [crop] = finder.cut(image)
    assert crop.getpixel((30, 30)) == (255, 255, 255)
    assert max(crop.getpixel((2, 2))) < 100  # the corner of a square turned by 45 degrees
    assert FaceFinder(str(network(eyes=True)), margin=0, upright=False).cut(image)[0].getpixel((2, 2))[0] > 250


def test_what_the_network_does_not_believe_is_no_face_but_has_a_score(network, spot):
    detector = open_detector(str(network(score=0.3)))
    image = spot((100, 100), (20, 20, 80, 80))
    assert detector.find(image) == []
    assert detector.score(image) == pytest.approx(0.3)


def test_nothing_bright_is_no_face(network):
    # The smallest of no numbers is infinite, and so are this network's boxes then.
    assert open_detector(str(network())).find(Image.new("RGB", (90, 90), "black")) == []


def test_see_through_parts_lie_on_white(network, spot):
    image = spot((100, 100), (0, 0, 0, 0), "RGBA")
    image.paste((0, 0, 0, 0), (30, 30, 70, 70))
    [face] = open_detector(str(network())).find(image)
    assert face.box == pytest.approx((30, 30, 70, 70), abs=2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"images": "input"}, r"has the input input \[1, 3, 'h', 'w'\] tensor\(uint8\): expected an input images"),
        ({"channels": 1}, r"has the input images \[1, 1, 'h', 'w'\]"),
        (
            {"boxes": "detections"},
            r"has the outputs detections, scores: expected .* outputs boxes \[N, 4\], scores \[N\]",
        ),
        ({"height": 8192, "width": 64}, "wants pictures of 64x8192"),
    ],
)
def test_a_network_of_another_kind_is_told_what_is_expected(network, options, says):
    with pytest.raises(NijigenError, match=says) as error:
        open_detector(str(network(**options)))
    assert "\n" not in str(error.value)


@pytest.fixture
def constant(tmp_path):
    """A network that answers the same whatever it sees."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")

    def write(name="constant.onnx", **answers):
        values = {key: np.asarray(value) for key, value in answers.items()}
        kinds = {key: onnx.helper.np_dtype_to_tensor_dtype(value.dtype) for key, value in values.items()}
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("Identity", [f"{key}_"], [key]) for key in values],
            "constant",
            [onnx.helper.make_tensor_value_info("images", onnx.TensorProto.UINT8, [1, 3, 32, 32])],
            [onnx.helper.make_tensor_value_info(key, kinds[key], None) for key in values],
            [onnx.numpy_helper.from_array(value, f"{key}_") for key, value in values.items()],
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
        (tmp_path / name).write_bytes(model.SerializeToString())
        return open_detector(str(tmp_path / name))

    return write


BOXES = np.array([[0, 0, 20, 20], [0, 0, 19, 19]], np.float32)


@pytest.mark.parametrize(
    "answers",
    [
        {"boxes": np.zeros((2, 5), np.float32), "scores": np.ones(2, np.float32)},
        {"boxes": BOXES, "scores": np.ones(3, np.float32)},
        {"boxes": BOXES, "scores": np.ones((2, 1), np.float32)},
        {"boxes": BOXES, "scores": np.float32(1)},
        {"boxes": BOXES, "scores": np.ones(2, np.float32), "eyes": np.zeros((2, 10), np.float32)},
        {"boxes": np.zeros((1, 2, 4), np.float32), "scores": np.ones(1, np.float32)},
    ],
)
def test_answers_of_another_shape_are_one_line(constant, answers):
    with pytest.raises(NijigenError, match=r"constant\.onnx gave \[.*for a picture: expected an input images"):
        constant(**answers).find(Image.new("RGB", (32, 32)))


def test_broken_numbers_are_no_faces_and_overlapping_ones_are_one(constant):
    boxes = [[np.nan, 0, 20, 20], [0, 0, np.inf, 20], [9, 9, 1, 1], [0, 0, 20, 20], [1, 1, 20, 20], [22, 0, 32, 10]]
    detector = constant(
        boxes=np.array(boxes, np.float32),
        scores=np.array([0.9, 0.9, 0.9, 0.7, 0.8, np.nan], np.float32),
        eyes=np.full((6, 4), np.nan, np.float32),
    )
    [face] = detector.find(Image.new("RGB", (64, 64)))
    assert (face.box, face.score, face.eyes, face.angle) == ((2, 2, 40, 40), 0.8, None, None)


def test_numbers_of_another_kind_are_understood(constant):
    detector = constant(boxes=np.array([[0, 0, 20, 20]], np.int64), scores=np.array([2.0], np.float64))
    assert detector.find(Image.new("RGB", (64, 64)))[0].score == 1.0


def test_a_hundred_thousand_boxes_are_no_trouble(constant):
    dice = np.random.default_rng(0)
    corners = dice.uniform(0, 30, (100_000, 2)).astype(np.float32)
    detector = constant(
        boxes=np.concatenate([corners, corners + 1], 1), scores=dice.uniform(0, 1, 100_000).astype(np.float32)
    )
    assert 0 < len(FaceFinder(detector.name, least=1)._chosen(detector.find(Image.new("RGB", (3200, 3200))))) <= 32


@pytest.mark.parametrize("data", [b"", b"no model", b"\x08\x08\x12" + bytes(50), bytes(1000)])
def test_a_broken_file_is_one_line(data, tmp_path, capfd):
    pytest.importorskip("onnxruntime")
    (tmp_path / "mine.onnx").write_bytes(data)
    with pytest.raises(
        NijigenError, match=r"mine\.onnx (is damaged or no ONNX model|has the input|has the outputs)"
    ) as error:
        open_detector(str(tmp_path / "mine.onnx"))
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""


def test_a_network_that_ends_too_early_is_one_line(network):
    path = network()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(NijigenError, match="is damaged or no ONNX model"):
        open_detector(str(path))


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    pytest.importorskip("onnxruntime")
    with pytest.raises(NijigenError, match=r"none\.onnx is not there"):
        open_detector(str(tmp_path / "none.onnx"))


def test_without_onnxruntime_the_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NijigenError, match=r'mine\.onnx needs onnxruntime: pip install "nijigen\[onnx\]"'):
        open_detector(str(tmp_path / "mine.onnx"))
